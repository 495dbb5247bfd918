// Command gen writes the assembly kernels of package simd, one group of
// functions per file:
//
//	go run . -group matmul_avx512 -pkg simd -out ../../x_amd64.s -stubs ../../x_amd64.go
//
// and the tables of the activations' and the gradient rules' kernels:
//
//	go run . -table ../../x_amd64.go
package main

import (
	"flag"
	"fmt"
	"os"

	. "github.com/mmcloughlin/avo/build"
)

var groups = map[string]func(){
	"matmul_avx512":      func() { matMul(avx512) },
	"matmul_avx2":        func() { matMul(avx2) },
	"elementwise_avx512": func() { elementwise(avx512) },
	"elementwise_avx2":   func() { elementwise(avx2) },
	"stochastic_avx512":  func() { stochastic(avx512) },
	"stochastic_avx2":    func() { stochastic(avx2) },
	"random_avx512":      func() { random(avx512) },
	"random_avx2":        func() { random(avx2) },
	"optimiser_avx512":   func() { optimisers(avx512) },
	"optimiser_avx2":     func() { optimisers(avx2) },
}

func main() {
	group := flag.String("group", "", "group of kernels to write")
	table := flag.String("table", "", "Go `file` to write the tables of activations and gradient rules to")
	flag.Parse()
	if *table != "" {
		if err := writeTables(*table); err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
		return
	}
	emit, ok := groups[*group]
	if !ok {
		fmt.Fprintf(os.Stderr, "gen: group %q is not known\n", *group)
		os.Exit(2)
	}
	ConstraintExpr("amd64")
	emit()
	Generate()
}
