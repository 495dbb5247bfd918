package train

import (
	"fmt"

	"ssdgm/engine"
	"ssdgm/model"
)

// placeOf is where an example stands in its file.
func (l *looper) placeOf(example int32) int32 { return l.replicas[0].ds.corpus.place(int(example)) }

// examplesTold is how many examples of a minibatch a message names.
const examplesTold = 8

// examplesOf tells on which training examples a fault came up: that of the row, or those of
// the minibatch. Which these were is drawn again: it is a function of the step.
func (l *looper) examplesOf(f *model.Fault) string {
	l.p.learner.SetStep(f.Step)
	engine.Recorded(l.p.draw).Do(l.dev)
	drawn := make([]int32, l.p.index.Len)
	l.dev.ReadInts(drawn, l.p.index, f.Replica)
	l.p.learner.SetStep(l.step)
	for _, w := range l.p.watched {
		if w.what == f.Watched {
			return fmt.Sprintf("training example %d", l.placeOf(drawn[w.of(f.Row)]))
		}
	}
	text := "minibatch of training examples"
	for i, e := range drawn[:min(examplesTold, len(drawn))] {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprint(" ", l.placeOf(e))
	}
	if others := len(drawn) - examplesTold; others > 0 {
		text += fmt.Sprintf(" and %d more", others)
	}
	return text
}
