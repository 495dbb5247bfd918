package cuda

import (
	"fmt"

	"ssdgm/engine"
	"ssdgm/kernels"
	"ssdgm/kernels/predict"
)

// Precisions are those of matrix products, by kernels.Precision.
var Precisions = [...]string{kernels.FP32: "fp32", kernels.TF32: "tf32"}

// Nodes are the launches that steps become on a card, worked out without one, with data that lie on it.
func Nodes(steps []engine.Step, card kernels.Card, precision kernels.Precision) []predict.Node {
	c := compiler{
		Builder: kernels.Builder{Memory: nowhere{}, Replicas: card.Replicas, Card: card, Precision: precision},
		data:    nowhere{}, rules: rules, laneMemory: func(int) kernels.Memory { return nowhere{} },
	}
	launches := c.compile(steps)
	nodes := make([]predict.Node, len(launches))
	for i, l := range launches {
		nodes[i] = predict.NewNode(l.Launch)
		nodes[i].Lane, nodes[i].After = l.lane, l.after
		move(&nodes[i], l.step, card.Replicas)
	}
	return nodes
}

// foretell is how many µs nodes take on a card of that name with so many multiprocessors, and which card that is.
func foretell(nodes []predict.Node, name string, multiprocessors int) (microseconds float64, card string) {
	c, card := predict.H200, "an "+predict.H200.Name
	if name != c.Name || multiprocessors != c.Multiprocessors {
		c = c.With(multiprocessors)
		card = fmt.Sprintf("%s with %d multiprocessors, which this card is not", card, multiprocessors)
	}
	return c.Program(nodes), card
}

// move notes what a step moves. Of a table it reads some rows alone; a step of the contract says how much that is.
func move(n *predict.Node, s engine.Step, replicas int) {
	var twice, longestRead, longestWritten float64
	s.Args(func(a engine.View, arg engine.Arg) {
		if a.IsNil() {
			return
		}
		items := float64(arg.Len)
		if a.Stride != 0 {
			items *= float64(replicas)
		}
		bytes := items * float64(a.Kind.Size())
		if arg.Access&engine.Write != 0 {
			n.Written, longestWritten = n.Written+bytes, max(longestWritten, items)
		}
		if arg.Access&engine.Read != 0 {
			n.Read, longestRead = n.Read+bytes, max(longestRead, items)
		}
		if arg.Access == engine.ReadWrite {
			twice += bytes
		}
	})
	n.Items = max(longestWritten, longestRead/2)
	if all := s.Cost(replicas).Bytes; all > 0 && all < n.Read+n.Written {
		n.Read, n.Items = all-n.Written, longestWritten
	}
	n.Held = n.Read + n.Written - twice
}

// nowhere is a card's memory without the card: addresses that nobody uses.
type nowhere struct{}

func (nowhere) Floats(a engine.Floats) kernels.Floats    { return kernels.Floats(address(a)) }
func (nowhere) Doubles(a engine.Doubles) kernels.Doubles { return kernels.Doubles(address(a)) }
func (nowhere) Ints(a engine.Ints) kernels.Ints          { return kernels.Ints(address(a)) }
func (nowhere) Bytes(a engine.Bytes) kernels.Bytes       { return kernels.Bytes(address(a)) }
func (nowhere) Scratch(int) kernels.Floats               { return kernels.Floats{Ptr: 1 << 40} }
func (nowhere) isOnHost(engine.Bytes) bool               { return false }

func (nowhere) newFetch(engine.Bytes, int, int) fetch { panic("cuda: nothing is fetched from nowhere") }

// address tells an array from others by its block.
func address[E any](a engine.Array[E]) kernels.Array[E] {
	if a.IsNil() {
		return kernels.Array[E]{}
	}
	return kernels.Array[E]{Ptr: uint64(a.Block<<20 + a.Offset), Stride: int64(a.Stride)}
}
