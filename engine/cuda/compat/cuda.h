/* In front of the toolkit's cuda.h on the include path, this lets gorgonia.org/cu
   compile against CUDA 13: CGO_CFLAGS="-I.../engine/cuda/compat -I/usr/local/cuda/include".
   CUDA 13 points five names at newer entry points with other arguments, and CUDA
   12.8 a sixth at one that older drivers lack; the older ones are still in
   libcuda.so.1, and are declared here again. */
#include_next <cuda.h>
#ifndef SSDGM_CUDA_COMPAT
#define SSDGM_CUDA_COMPAT
#ifdef cuEventElapsedTime
#undef cuEventElapsedTime
CUresult CUDAAPI cuEventElapsedTime(float *, CUevent, CUevent);
#endif
#if CUDA_VERSION >= 13000
#undef cuCtxCreate
#define cuCtxCreate cuCtxCreate_v2
CUresult CUDAAPI cuCtxCreate_v2(CUcontext *, unsigned int, CUdevice);
#undef cuMemAdvise
CUresult CUDAAPI cuMemAdvise(CUdeviceptr, size_t, CUmem_advise, CUdevice);
#undef cuMemPrefetchAsync
CUresult CUDAAPI cuMemPrefetchAsync(CUdeviceptr, size_t, CUdevice, CUstream);
#undef cuGraphAddDependencies
CUresult CUDAAPI cuGraphAddDependencies(CUgraph, const CUgraphNode *, const CUgraphNode *, size_t);
#undef cuGraphGetEdges
CUresult CUDAAPI cuGraphGetEdges(CUgraph, CUgraphNode *, CUgraphNode *, size_t *);
#endif
#endif
