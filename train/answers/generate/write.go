package generate

import (
	"context"
	"errors"
	"fmt"

	"ssdgm/model/trained"
	"ssdgm/train/answers/output"
	"ssdgm/train/data"
	"ssdgm/train/message"
)

// Request is what a user wants drawn, and where to.
type Request struct {
	Options
	Out     string // a folder for sheets or for single images, or the file of a table: see output.Create
	Format  string // of a table; empty: by its name
	Type    string // of pixels in a table: uint8 or float32
	Singles bool   // a folder of single images
}

// Examples tells whether the examples themselves are wanted, in place of sheets of pictures.
func (r *Request) Examples() bool { return r.Singles || r.table() }

func (r *Request) table() bool { return r.Format != "" || output.IsTable(r.Out) }

// Check holds that the flags fit together. given tells which of them were given.
func (r *Request) Check(given func(flag string) bool) error {
	for _, name := range []string{"class", "sample", "type"} {
		if given(name) && (!r.Examples() || r.Singles && name == "type") {
			return data.InputErrorf("--%s has no effect on pictures; want --out FILE.csv or FILE.npy with it, or leave it out",
				name)
		}
	}
	switch r.Floats = r.Type == "float32"; {
	case r.table() && r.Singles:
		return data.InputErrorf("--singles: want --out FOLDER and no --format, found a table; leave one of them out")
	case !r.Floats && r.Type != "uint8":
		return data.InputErrorf("--type %s: want uint8 or float32", message.Word(r.Type))
	case given("n") && r.N < 1:
		return data.InputErrorf("-n %d: want at least 1 example of each class", r.N)
	}
	return nil
}

// Write writes what a model draws, and gives the line that tells where it is; empty of a table.
func (r *Request) Write(ctx context.Context, m *trained.Model, a Drawer) (line string, err error) {
	if !r.Singles {
		return "", r.rows(ctx, m, a)
	}
	n, err := Images(ctx, m, a, r.Options, r.Out)
	return fmt.Sprintf("%s holds %d images\n", r.Out, n), err
}

// rows writes a table. npy has numbers alone: there no row tells its class.
func (r *Request) rows(ctx context.Context, m *trained.Model, a Drawer) error {
	if r.Floats && !m.Input.Image() {
		return data.InputErrorf("--type float32: want a model of images, whose pixels are bytes, found one of real values; " +
			"leave --type out")
	}
	format, err := output.FormatOf(r.Out, r.Format)
	if err != nil {
		return err
	}
	o := r.Options
	o.Raw = format == "npy"
	all, err := Columns(m, o)
	if err != nil {
		return err
	}
	w, err := output.Create(r.Out, format, all)
	if err != nil {
		return err
	}
	defer w.Abort()
	if err = Table(ctx, m, a, o, w); err == nil {
		err = w.Close()
	}
	if errors.Is(err, output.ErrUnread) {
		return nil
	}
	return err
}
