// Package standin is a libcuda.so.1 for tests on machines without a GPU. It runs
// the kernels' sources, compiled for the host, and checks what a card leaves
// undefined: see driver/ for the driver, device/ for the CUDA language, and
// standin_test.go for what it finds. It is no evidence on speed, on the memory
// model between blocks, or on what NVIDIA's compiler makes of the sources.
//
// The environment, or a test by way of standin_set, chooses how it behaves:
//
//	STANDIN_ORDER=reverse   blocks and threads start last first
//	STANDIN_ORDER=ahead     a warp runs as far ahead of the others as it can
//	STANDIN_LAZY=1          work is done when something waits for it
//	STANDIN_MEMORY=BYTES    what the card has (4 GiB)
//	STANDIN_COMPUTE=80      its compute capability, ten times (90)
//	STANDIN_DEVICES=0       how many cards there are (1)
//	STANDIN_FAIL=NAME:N:CODE,...
//	                        the Nth call of an entry point, or launch of a kernel, gives CODE,
//	                        or never returns where CODE is "hang"
//	STANDIN_THREADS=N       threads that run blocks (one for each core)
//	STANDIN_TRACE=1         every call is printed
package standin
