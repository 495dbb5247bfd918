package input_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"ssdgm/train/answers"
	"ssdgm/train/answers/input"
)

// TestAPipeThatPausesIsOpenedByTheRowsThatAreThere holds that a heading and a row are enough, that nothing of what comes
// later is lost, also where lines and a number come in pieces, and that binary formats and quoted lines wait for all of
// their beginning.
func TestAPipeThatPausesIsOpenedByTheRowsThatAreThere(t *testing.T) {
	t.Parallel()
	row := func(i int) string { return fmt.Sprintf("%d,10,50,-7", 100+i) }
	array := string(npy[float32]("3, 4", 100, 10, 50, -7, 101, 10, 50, -7, 102, 10, 50, -7))
	for name, test := range map[string]struct {
		pieces []string // the stream pauses between them
		early  bool     // it is open before the last of them
	}{
		"rows":            {[]string{"a,b,c,d\n" + row(0) + "\n", row(1) + "\n", row(2) + "\n"}, true},
		"pieces of lines": {[]string{"a,b,c,d\n" + row(0) + "\n", row(1)[:1], row(1)[1:] + "\n" + row(2)[:4], row(2)[4:] + "\n"}, true},
		"no last line":    {[]string{"a,b,c,d\n" + row(0) + "\n" + row(1) + "\n", row(2)}, true},
		"no heading":      {[]string{row(0) + "\n" + row(1) + "\n", row(2) + "\n"}, true},
		"comments":        {[]string{"# made\n# today\n", "a,b,c,d\n", row(0) + "\n" + row(1) + "\n", row(2) + "\n"}, true},
		"quotes":          {[]string{"a,b,c,d,\"of\nall\n", "\"\n" + row(0) + ",\n" + row(1) + ",\n", row(2) + ",\n"}, true},
		"a heading alone": {[]string{"a,b,c,d\n", row(0) + "\n" + row(1) + "\n" + row(2) + "\n"}, false},
		"part of a line":  {[]string{"a,b,c,d\n" + row(0) + "\n" + row(1)[:6], row(1)[6:] + "\n" + row(2) + "\n"}, false},
		"npy":             {[]string{array[:60], array[60:130], array[130:]}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, to := io.Pipe()
			opened := make(chan struct{})
			written := make(chan error, 1)
			go func() {
				var err error
				for i, piece := range test.pieces {
					if test.early && i == len(test.pieces)-1 {
						select {
						case <-opened:
						case <-time.After(20 * time.Second):
							err = errors.New("want it open before its last piece")
						}
					} else if i > 0 {
						time.Sleep(700 * time.Millisecond)
					}
					_, fault := io.WriteString(to, piece)
					err = errors.Join(err, fault)
				}
				written <- errors.Join(err, to.Close())
			}()
			r, err := input.Open(modelOf(t, standing()), "-", input.Options{Stdin: from})
			close(opened)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var rows answers.Rows
			var found []float32
			for r.Read(&rows, 5) == nil {
				for i := range rows.N {
					found = append(found, rows.X[4*i])
				}
			}
			if want := []float32{100, 101, 102}; !slices.Equal(found, want) {
				t.Errorf("found rows %v, want %v", found, want)
			}
			if err := <-written; err != nil {
				t.Error(err)
			}
		})
	}
}
