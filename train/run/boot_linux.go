package run

import (
	"os"
	"strings"
)

// bootID is what this machine's kernel calls the time since it was started: other machines have others, and so has
// this one when it is started anew. It is empty where the system does not tell.
func bootID() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
