package kernels

import "fmt"

// maxPool is the longest pool that noise.Permutation can order.
const maxPool = 1 << 30

// Minibatch launches engine.MinibatchSteps.Minibatch for an index of batch and a
// pool of examples elements; sizes may be absent.
func Minibatch(replicas int, index, pool, sizes Array, batch, examples int, n Noise) Launch {
	if examples < 1 || examples > maxPool {
		panic(fmt.Sprintf("kernels: minibatch: a pool of %d examples, want 1 to %d", examples, maxPool))
	}
	grid, block := flat(batch, replicas)
	return launch("minibatch", grid, block, index, pool, sizes, batch, examples, n)
}
