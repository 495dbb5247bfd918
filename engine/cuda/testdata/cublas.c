// A cuBLAS for tests: the entry points that blas.h takes, on the stand-in driver,
// whose device memory the host can read. A product is a node of the stream like
// any kernel, so it can be captured.
#include <cuda.h>
#include <stdlib.h>

#define API __attribute__((visibility("default")))

struct handle {
	CUstream stream;
	void *workspace;
};

struct product {
	int transposed_a, transposed_b, m, n, k, lda, ldb, ldc, batch;
	long long stride_a, stride_b, stride_c;
	const float *a, *b;
	float *c, alpha, beta;
};

API int cublasCreate_v2(struct handle **h) { return (*h = calloc(1, sizeof **h)) == 0; }

API int cublasDestroy_v2(struct handle *h) {
	free(h);
	return 0;
}

API int cublasSetStream_v2(struct handle *h, CUstream stream) {
	h->stream = stream;
	h->workspace = 0;
	return 0;
}

API int cublasSetWorkspace_v2(struct handle *h, void *workspace, size_t bytes) {
	h->workspace = workspace;
	return bytes == 0;
}

API int cublasSetMathMode(struct handle *h, int mode) { return !h || mode != 0 && mode != 3; }

API int cublasGetVersion_v2(struct handle *h, int *version) {
	*version = 999;
	return !h;
}

static void multiply(void *data) {
	const struct product *p = data;
	for (int r = 0; r < p->batch; r++) {
		const float *a = p->a + r * p->stride_a, *b = p->b + r * p->stride_b;
		float *c = p->c + r * p->stride_c;
		for (int j = 0; j < p->n; j++)
			for (int i = 0; i < p->m; i++) {
				double sum = 0;
				for (int l = 0; l < p->k; l++)
					sum += (double)a[p->transposed_a ? l + i * p->lda : i + l * p->lda] *
						b[p->transposed_b ? j + l * p->ldb : l + j * p->ldb];
				c[i + j * p->ldc] = p->alpha * (float)sum + (p->beta ? p->beta * c[i + j * p->ldc] : 0);
			}
	}
}

// Products stay in memory, as a graph may run them again.
API int cublasSgemmStridedBatched(struct handle *h, int ta, int tb, int m, int n, int k, const float *alpha, const float *a, int lda,
	long long stride_a, const float *b, int ldb, long long stride_b, const float *beta, float *c, int ldc, long long stride_c, int batch) {
	if (lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m || !h->workspace) return 7;
	struct product *p = malloc(sizeof *p);
	*p = (struct product){ta, tb, m, n, k, lda, ldb, ldc, batch, stride_a, stride_b, stride_c, a, b, c, *alpha, *beta};
	return cuLaunchHostFunc(h->stream, multiply, p) != CUDA_SUCCESS;
}
