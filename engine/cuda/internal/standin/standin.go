//go:build cuda

package standin

/*
#cgo LDFLAGS: -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

static int present(void) { return dlsym(RTLD_DEFAULT, "standin_set") != 0; }

static int set(const char *name, const char *value) {
	return ((int (*)(const char *, const char *))dlsym(RTLD_DEFAULT, "standin_set"))(name, value);
}

static void reset(void) { ((void (*)(void))dlsym(RTLD_DEFAULT, "standin_reset"))(); }

static const char *counter(int number, uint64_t *calls) {
	return ((const char *(*)(int, uint64_t *))dlsym(RTLD_DEFAULT, "standin_counter"))(number, calls);
}
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Present tells whether the driver is the stand-in.
func Present() bool { return C.present() != 0 }

// Set changes a setting: what STANDIN_NAME sets in the environment.
func Set(name, value string) {
	n, v := C.CString(name), C.CString(value)
	defer C.free(unsafe.Pointer(n))
	defer C.free(unsafe.Pointer(v))
	if C.set(n, v) == 0 {
		panic(fmt.Sprintf("standin: no setting %s = %q", name, value))
	}
}

// Calls runs fn and counts the calls of the driver's functions, and of kernels, by
// name.
func Calls(fn func()) map[string]int {
	C.reset()
	fn()
	calls := map[string]int{}
	for i := 0; ; i++ {
		var n C.uint64_t
		name := C.counter(C.int(i), &n)
		if name == nil {
			return calls
		}
		if n > 0 {
			calls[C.GoString(name)] = int(n)
		}
	}
}
