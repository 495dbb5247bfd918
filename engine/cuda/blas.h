// cuBLAS through dlopen, without its headers: it is an option, so nothing is
// linked, and one build serves CUDA 11 to 13. The entry points below have kept
// their signatures; only the library's name changes.
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum { BLAS_TF32 = 3, BLAS_ARGUMENTS = 15 };

typedef struct {
	void *library, *handle;
	int status; // of the last call, 0 is success
	int (*create)(void **), (*destroy)(void *), (*set_stream)(void *, void *), (*set_workspace)(void *, void *, size_t);
	int (*set_math)(void *, int), (*version)(void *, int *);
	int (*multiply)(void *, int, int, int, int, int, const float *, const float *, int, long long, const float *, int, long long,
		const float *, float *, int, long long, int);
} blas_t;

// blas_load finds the library under the first name that opens.
static int blas_load(blas_t *b, const char *const *names, int n) {
	for (int i = 0; i < n && !b->library; i++) b->library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (!b->library) return 0;
	struct { void *to; const char *name; } symbols[] = {
		{&b->create, "cublasCreate_v2"}, {&b->destroy, "cublasDestroy_v2"}, {&b->set_stream, "cublasSetStream_v2"},
		{&b->set_workspace, "cublasSetWorkspace_v2"}, {&b->set_math, "cublasSetMathMode"},
		{&b->version, "cublasGetVersion_v2"}, {&b->multiply, "cublasSgemmStridedBatched"},
	};
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
		if (!(*(void **)symbols[i].to = dlsym(b->library, symbols[i].name))) return 0;
	return 1;
}

// blas_open makes the handle. The workspace is ours and comes after the stream,
// which resets it; with it cuBLAS allocates nothing, so that it can be captured.
static int blas_open(blas_t *b, void *stream, void *workspace, size_t bytes, int tf32) {
	if ((b->status = b->create(&b->handle))) return b->status;
	if ((b->status = b->set_stream(b->handle, stream))) return b->status;
	if ((b->status = b->set_workspace(b->handle, workspace, bytes))) return b->status;
	return b->status = b->set_math(b->handle, tf32 ? BLAS_TF32 : 0);
}

// blas_multiply is C = op(A)·op(B), column-major, for every replica: its arguments
// are op(A), op(B), m, n, k, then address, leading dimension and stride of A, B
// and C, then the number of replicas.
static int blas_multiply(blas_t *b, const uint64_t *a) {
	static const float one = 1, zero = 0;
	return b->status = b->multiply(b->handle, (int)a[0], (int)a[1], (int)a[2], (int)a[3], (int)a[4], &one,
		(const float *)a[5], (int)a[6], (long long)a[7], (const float *)a[8], (int)a[9], (long long)a[10], &zero,
		(float *)a[11], (int)a[12], (long long)a[13], (int)a[14]);
}

static int blas_version(blas_t *b) {
	int v = 0;
	b->version(b->handle, &v);
	return v;
}

static void blas_close(blas_t *b) {
	if (b->handle) b->destroy(b->handle);
	if (b->library) dlclose(b->library);
	b->handle = b->library = 0;
}
