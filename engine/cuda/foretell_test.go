package cuda

import (
	"strings"
	"testing"

	"ssdgm/engine"
	"ssdgm/kernels"
	"ssdgm/kernels/predict"
)

func TestNodesSayWhatTheirLaunchesMove(t *testing.T) {
	f := &fake{}
	const rows, in, out, replicas = 10, 20, 30, 2
	layer := engine.Layer{
		Weight: array[float32](f, in*out), Bias: array[float32](f, out), In: in, Out: out, Activation: engine.Tanh,
	}
	dense := engine.Dense{Y: array[float32](f, rows*out), X: array[float32](f, rows*in), Rows: rows, Layer: layer}
	grad := engine.DenseGrad{
		Grad: engine.LayerGrad{Weight: array[float32](f, in*out), Bias: array[float32](f, out)},
		DY:   array[float32](f, rows*out), From: dense.Y, X: dense.X, Rows: rows, Layer: layer,
	}
	labels := engine.GatherLabels{Dst: array[int32](f, 5), Labels: array[int32](f, 1000), Index: array[int32](f, 5)}
	card := kernels.Card{Multiprocessors: 132, Replicas: replicas}
	nodes := Nodes([]engine.Step{dense, labels, grad}, card, kernels.FP32)
	type moved struct {
		kernel                     string
		read, written, held, items float64
		shares                     int
		lane                       int
	}
	const x, y, w, b = rows * in, rows * out, in * out, out
	want := []moved{
		{"dense_32", 8 * (x + w + b), 8 * y, 8 * (x + w + b + y), w, 1, 0},
		{"gather_labels", 8 * 10, 8 * 5, 8 * 15, 2 * 5, 0, 1}, // of the table's rows, those in the index
		{"activation_grad", 16 * y, 8 * y, 16 * y, 2 * y, 0, 0},
		{"dense_grad_32", 8 * (x + y), 8 * (w + b), 8 * (x + y + w + b), 2 * w, 1, 0},
	}
	if len(nodes) != len(want) {
		t.Fatalf("want %d nodes, found %d", len(want), len(nodes))
	}
	for i, n := range nodes {
		found := moved{n.Kernel, n.Read, n.Written, n.Held, n.Items, len(n.Shares), n.Lane}
		if found != want[i] {
			t.Errorf("want %+v, found %+v", want[i], found)
		}
		if n.Grid[2] != replicas {
			t.Errorf("%s: want %d replicas, found %d", n.Kernel, replicas, n.Grid[2])
		}
	}
}

func TestForetellSaysOfWhichCard(t *testing.T) {
	node := predict.Node{Kernel: "update", Grid: [3]uint32{9000, 1, 1}, Block: [3]uint32{256, 1, 1}, Items: 9000 * 1024}
	nodes := []predict.Node{node}
	own, card := foretell(nodes, predict.H200.Name, predict.H200.Multiprocessors)
	if card != "an NVIDIA H200" || own != predict.H200.Program(nodes) {
		t.Errorf("found %v on %s", own, card)
	}
	half, card := foretell(nodes, "NVIDIA L4", predict.H200.Multiprocessors/2)
	if half < 1.5*own || !strings.HasSuffix(card, " with 66 multiprocessors, which this card is not") {
		t.Errorf("want a longer time than %v, found %v on %s", own, half, card)
	}
}
