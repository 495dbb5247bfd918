// Package picture reads one image of a file, PNG or JPEG, into bytes, and resizes it.
//
// Shades are the high bytes of what the file holds, rounded. What is transparent lies on white. A photograph that was
// taken with the camera turned, as EXIF says, is turned back. Grey is made of colour as ITU-R 601 weighs it.
package picture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"slices"

	"ssdgm/train/data/strict"
	"ssdgm/train/looks"
)

// MaxPixels is how large an image may be, which its header tells before a pixel is decoded. No more are decoded at once,
// in however many images: that takes at most 16 bytes for each, 1 GiB in all.
const MaxPixels = 64 << 20

// ErrOther marks a file that is neither PNG nor JPEG.
var ErrOther = errors.New("neither PNG nor JPEG")

// Header is what an image says before its pixels.
type Header struct {
	Format        string // PNG or JPEG
	Height, Width int    // as the image is looked at
	Grey          bool   // there is no colour in it, as its format says

	orientation int // as EXIF counts it, from 1 to 8
}

// Picture is an image, row after row, with the channels of a pixel together.
type Picture struct {
	Height, Width, Channels int
	Pixels                  []uint8 // Height × Width × Channels
	Transparent             bool    // some of it lay on white
	Coloured                bool    // some of its pixels are no shades of grey; of three channels
}

// format is a kind of file that can be read.
type format struct {
	name, begins string
	config       func(io.Reader) (image.Config, error)
	decode       func(io.Reader) (image.Image, error)
	exif         func(io.ReadSeeker) []byte
}

var formats = []format{
	{"PNG", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode, exifOfPNG},
	{"JPEG", "\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode, exifOfJPEG},
}

// MagicBytes is how many bytes tell whether a file is an image.
const MagicBytes = 8

// Begins tells whether a file that begins so is an image.
func Begins(with []byte) bool {
	return slices.ContainsFunc(formats, func(f format) bool { return bytes.HasPrefix(with, []byte(f.begins)) })
}

// ReadHeader reads the header of an image that begins where r begins. Errors of what it holds are strict.ErrFormat, and
// ErrOther where it is neither PNG nor JPEG.
func ReadHeader(r io.ReadSeeker) (Header, error) {
	_, header, err := open(r)
	return header, err
}

// open reads a header and says how to read on. r stands at its beginning afterwards.
func open(r io.ReadSeeker) (format, Header, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return format{}, Header{}, err
	}
	content := bufio.NewReader(r)
	f, err := recognised(content)
	if err != nil {
		return f, Header{}, err
	}
	begin, _ := content.Peek(colourType + 1) // A shorter file is truncated, as its reader says.
	config, err := f.config(content)
	if err != nil {
		return f, Header{}, f.mend(err)
	}
	h := Header{Format: f.name, Height: config.Height, Width: config.Width, Grey: grey(config.ColorModel, begin)}
	// A PNG's and a JPEG's sides fit 32 bits.
	if pixels := int64(h.Height) * int64(h.Width); pixels > MaxPixels {
		return f, h, strict.Errorf("wanted an image of at most %d million pixels, found one of %d×%d; make it smaller",
			MaxPixels>>20, h.Width, h.Height)
	}
	if h.orientation = orientation(f.exif(r)); h.orientation >= firstTurned {
		h.Height, h.Width = h.Width, h.Height
	}
	_, err = r.Seek(0, io.SeekStart)
	return f, h, err
}

// recognised is the format that a file begins as.
func recognised(content *bufio.Reader) (format, error) {
	for _, f := range formats {
		begin, err := content.Peek(len(f.begins))
		switch {
		case string(begin) == f.begins:
			return f, nil
		case err != nil && !errors.Is(err, io.EOF):
			return format{}, err
		}
	}
	if _, err := content.Peek(1); err != nil {
		return format{}, other{"wanted a PNG or a JPEG, found an empty file"}
	}
	return format{}, other{"wanted a PNG or a JPEG" + looks.Like(content)}
}

// other is an ErrOther, and a file that is not sound.
type other struct{ message string }

func (o other) Error() string        { return o.message }
func (o other) Is(target error) bool { return target == ErrOther || target == strict.ErrFormat }

// colourType is where a PNG says what its pixels are made of.
const colourType = 25

// grey tells whether an image has no colour, as its header says.
func grey(model color.Model, begin []byte) bool {
	if palette, found := model.(color.Palette); found {
		for _, entry := range palette {
			if r, g, b, _ := entry.RGBA(); r != g || g != b {
				return false
			}
		}
		return true
	}
	withAlpha := bytes.HasPrefix(begin, []byte(formats[0].begins)) && len(begin) > colourType && begin[colourType] == 4
	return model == color.GrayModel || model == color.Gray16Model || withAlpha
}

// mend puts what a decoder says into words that tell what is wrong. A fault of the disk it leaves alone.
func (f format) mend(err error) error {
	var (
		pngFormat       png.FormatError
		jpegFormat      jpeg.FormatError
		pngUnsupported  png.UnsupportedError
		jpegUnsupported jpeg.UnsupportedError
	)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.As(err, &pngFormat) && pngFormat == "not enough pixel data",
		errors.As(err, &jpegFormat) && jpegFormat == "short Huffman data":
		return strict.Errorf("truncated: the %s breaks off", f.name)
	case errors.As(err, &pngFormat):
		return strict.Errorf("the PNG is damaged: %s", string(pngFormat))
	case errors.As(err, &jpegFormat):
		return strict.Errorf("the JPEG is damaged: %s", string(jpegFormat))
	case errors.As(err, &pngUnsupported):
		return f.unsupported(string(pngUnsupported))
	case errors.As(err, &jpegUnsupported):
		return f.unsupported(string(jpegUnsupported))
	case strict.Describe(err) != err:
		return strict.Errorf("the %s is damaged: its compressed pixels cannot be unpacked", f.name)
	}
	return err
}

func (f format) unsupported(what string) error {
	if what == "dimension overflow" {
		return strict.Errorf("wanted an image of at most %d million pixels, found one of more; make it smaller", MaxPixels>>20)
	}
	return strict.Errorf("the %s is of a kind that is not read: %s; save it as an ordinary one", f.name, what)
}

// Decode reads an image that begins where r begins, as one channel, grey, or three: red, green and blue. Errors are
// those of ReadHeader.
func Decode(r io.ReadSeeker, channels int) (p *Picture, err error) {
	if channels != 1 && channels != 3 {
		panic(fmt.Sprintf("picture: want 1 or 3 channels, found %d", channels))
	}
	f, header, err := open(r)
	if err != nil {
		return nil, err
	}
	pixels := header.Height * header.Width
	decoding.take(pixels)
	defer decoding.give(pixels)
	defer func() {
		if fault := recover(); fault != nil {
			p, err = nil, strict.Errorf("the %s is damaged: its decoder gives up: %v", f.name, fault)
		}
	}()
	decoded, err := f.decode(bufio.NewReader(r))
	if err != nil {
		return nil, f.mend(err)
	}
	return flat(decoded, channels).turned(header.orientation), nil
}

// white is the largest shade of a decoder's.
const white = 0xffff

// flat lays an image on white, and rounds its shades to bytes.
func flat(img image.Image, channels int) *Picture {
	bounds := img.Bounds()
	p := &Picture{Height: bounds.Dy(), Width: bounds.Dx(), Channels: channels}
	p.Pixels = make([]uint8, 0, p.Height*p.Width*channels)
	at := img.(image.RGBA64Image) // All that the decoders return are.
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at.RGBA64At(x, y) // c.R is the shade times alpha.
			beneath := white - uint32(c.A)
			r, g, b := high(uint32(c.R)+beneath), high(uint32(c.G)+beneath), high(uint32(c.B)+beneath)
			p.Transparent = p.Transparent || beneath > 0
			p.Coloured = p.Coloured || r != g || g != b
			if channels == 1 {
				p.Pixels = append(p.Pixels, luma(r, g, b))
			} else {
				p.Pixels = append(p.Pixels, r, g, b)
			}
		}
	}
	return p
}

// high is the byte nearest to a shade from 0 to white.
func high(shade uint32) uint8 { return uint8((shade*255 + white/2) / white) }

// luma is ITU-R 601's, in Pillow's integers: 0.299, 0.587 and 0.114 times 2¹⁶.
func luma(r, g, b uint8) uint8 {
	return uint8((uint32(r)*19595 + uint32(g)*38470 + uint32(b)*7471 + 1<<15) >> 16)
}
