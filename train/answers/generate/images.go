package generate

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"ssdgm/model/trained"
	"ssdgm/train/data"
	"ssdgm/train/message"
	"ssdgm/train/pictures"
	"ssdgm/train/run"
)

// Images writes what a model draws as a folder of PNG files, one for each image in the folder of its class, as train
// reads them: FOLDER/CLASS/000000.png and so on. Those of an M1 without an M2 lie in the folder itself. The folder must
// not be there yet, or be empty, and is there as a whole or not at all. It returns how many there are.
func Images(ctx context.Context, m *trained.Model, a Drawer, o Options, folder string) (n int, err error) {
	all, err := classes(m, o)
	if err != nil {
		return 0, err
	}
	draw, err := pictures.Single(m)
	if err != nil {
		return 0, err
	}
	for _, c := range all {
		if err := folderOf(c.name); err != nil {
			return 0, err
		}
	}
	pending, err := begin(folder)
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(pending) // Where it has become the folder, it is not there any more.
	for _, c := range all {
		if err := os.MkdirAll(filepath.Join(pending, c.name), 0o777); err != nil {
			return 0, run.Unwritable(err)
		}
	}
	encoder := png.Encoder{BufferPool: &pool{}}
	err = each(ctx, m, a, o, func(c class, first int, x []float32) error {
		for i := range len(x) / m.Inputs {
			path := filepath.Join(pending, c.name, fmt.Sprintf("%06d.png", first+i))
			file, err := os.Create(path)
			if err != nil {
				return run.Unwritable(err)
			}
			w := bufio.NewWriter(file)
			err = cmp.Or(encoder.Encode(w, draw(x[i*m.Inputs:][:m.Inputs])), w.Flush())
			if err = cmp.Or(err, file.Close()); err != nil {
				return fmt.Errorf("write %s: %w", path, err)
			}
			n++
		}
		return ctx.Err()
	})
	if err != nil {
		return 0, err
	}
	return n, run.Unwritable(cmp.Or(vacate(folder), os.Rename(pending, folder)))
}

// vacate removes a folder that is empty: a folder is not renamed over another one.
func vacate(folder string) error {
	if err := os.Remove(folder); !os.IsNotExist(err) {
		return err
	}
	return nil
}

// pool lends the encoder its one buffer again.
type pool struct{ buffer *png.EncoderBuffer }

func (p *pool) Get() *png.EncoderBuffer  { return p.buffer }
func (p *pool) Put(b *png.EncoderBuffer) { p.buffer = b }

// folderOf holds that a class's name can be that of a folder that train reads.
func folderOf(name string) error {
	if strings.ContainsAny(name, "/\\\x00") || strings.HasPrefix(name, ".") {
		return data.InputErrorf("class %s: want a name that a folder can have, found another one; write a table, with "+
			"--out FILE.csv, or leave the class out", message.Word(name))
	}
	return nil
}

// begin makes an empty folder beside one that is to be written.
func begin(folder string) (pending string, err error) {
	if dir, own := run.Owner(folder); own {
		return "", data.InputErrorf("--out %s: want a folder for images, found one of the run in %s; choose another --out",
			folder, dir)
	}
	entries, err := os.ReadDir(folder)
	if err == nil && len(entries) > 0 {
		return "", data.InputErrorf("--out %s: want a folder that is empty or not there yet, found %s in it; choose another "+
			"--out", folder, message.Word(entries[0].Name()))
	}
	if err != nil && !os.IsNotExist(err) {
		return "", run.Unwritable(fmt.Errorf("--out: %w", err))
	}
	above := filepath.Dir(filepath.Clean(folder))
	if err = os.MkdirAll(above, 0o777); err == nil {
		pending, err = os.MkdirTemp(above, "."+filepath.Base(folder)+".*")
	}
	if err != nil {
		return "", run.Unwritable(fmt.Errorf("--out %s: %w", folder, err))
	}
	return pending, os.Chmod(pending, 0o755)
}
