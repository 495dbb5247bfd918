// Code generated from the device code by go generate ./kernels. DO NOT EDIT.

package kernels

// tileShapes are the tiles of matmul_tile.cuh.
var tileShapes = [...][tileCount]tileShape{
	FP32: {
		{name: "32", side: 32, depth: 32, stages: 3, threads: 64, folds: true},
		{name: "64", side: 64, depth: 16, stages: 4, threads: 256, folds: true},
		{name: "128", side: 128, depth: 16, stages: 2, threads: 256, folds: false},
	},
	TF32: {
		{name: "tf32_32", side: 32, depth: 32, stages: 3, threads: 128, folds: true},
		{name: "tf32_64", side: 64, depth: 32, stages: 3, threads: 128, folds: true},
		{name: "tf32_128", side: 128, depth: 32, stages: 3, threads: 256, folds: false},
	},
}
