package picture

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"ssdgm/train/allocated"
	"ssdgm/train/data/strict"
)

// expectation is what Pillow makes of a file: see testdata/make.py.
type expectation struct {
	Name, File, Rule, Pixels string
	Channels, Height, Width  int
	Tolerance                int // the largest difference of a shade
}

// TestImagesAreThoseOfPillow holds that every kind of PNG, every size and every rule give Pillow's bytes, and that JPEG
// differs by what decoders differ.
func TestImagesAreThoseOfPillow(t *testing.T) {
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []expectation
	if err := json.Unmarshal(text, &cases); err != nil || len(cases) < 50 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		want, err := hex.DecodeString(c.Pixels)
		if err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(filepath.Join("testdata", c.File))
		if err != nil {
			t.Fatal(err)
		}
		p, err := Decode(bytes.NewReader(file), c.Channels)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		header, err := ReadHeader(bytes.NewReader(file))
		if err != nil || header.Height != p.Height || header.Width != p.Width {
			t.Errorf("%s: the header says %+v, %v, but the image has %d×%d", c.Name, header, err, p.Height, p.Width)
		}
		if c.Rule != "" {
			p = p.Resized(c.Height, c.Width, Rule(c.Rule))
		}
		if p.Height != c.Height || p.Width != c.Width || len(p.Pixels) != len(want) {
			t.Errorf("%s: %d×%d, want %d×%d", c.Name, p.Height, p.Width, c.Height, c.Width)
			continue
		}
		worst := 0
		for i, v := range p.Pixels {
			worst = max(worst, int(v)-int(want[i]), int(want[i])-int(v))
		}
		if worst > c.Tolerance {
			t.Errorf("%s: a shade is %d from Pillow's, want %d at most", c.Name, worst, c.Tolerance)
		}
	}
}

// fixture is a file of testdata.
func fixture(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// claiming is a PNG whose header claims other sides than it has.
func claiming(png []byte, width, height uint32) []byte {
	claim := bytes.Clone(png)
	binary.BigEndian.PutUint32(claim[16:], width)
	binary.BigEndian.PutUint32(claim[20:], height)
	binary.BigEndian.PutUint32(claim[29:], crc32.ChecksumIEEE(claim[12:29]))
	return claim
}

func TestMalformedImagesSayWhatIsWrong(t *testing.T) {
	whole, photo := fixture(t, "colour.png"), fixture(t, "progressive.jpg")
	damaged := bytes.Clone(whole)
	damaged[len(whole)/2] ^= 0x55
	arithmetic := bytes.Clone(photo)
	arithmetic[bytes.Index(photo, []byte{0xff, 0xc2})+1] = 0xca
	for name, c := range map[string]struct {
		file  []byte
		want  string
		other bool
	}{
		"an empty file": {nil, "wanted a PNG or a JPEG, found an empty file", true},
		"text":          {[]byte("label,x\n"), "wanted a PNG or a JPEG; it looks like text", true},
		"a GIF":         {[]byte("GIF89a\x01\x00"), "wanted a PNG or a JPEG; it looks like a GIF picture", true},
		"WebP": {[]byte("RIFF\x01\x02\x00\x00WEBPVP8 "),
			"wanted a PNG or a JPEG; it looks like a WebP picture", true},
		"a photograph": {[]byte("\x00\x00\x00\x18ftypheic\x00\x00"),
			"wanted a PNG or a JPEG; it looks like a HEIC or AVIF picture", true},
		"a PNG's signature": {whole[:8], "truncated: the PNG breaks off", false},
		"half a PNG":        {whole[:len(whole)/2], "truncated: the PNG breaks off", false},
		"half a JPEG":       {photo[:len(photo)/2], "truncated: the JPEG breaks off", false},
		"a JPEG's head":     {photo[:40], "truncated: the JPEG breaks off", false},
		"a flipped bit":     {damaged, "the PNG is damaged: its compressed pixels cannot be unpacked", false},
		"a bomb": {claiming(whole, 1<<16, 1<<15),
			"wanted an image of at most 64 million pixels, found one of 65536×32768; make it smaller", false},
		"a larger bomb": {claiming(whole, 1<<30, 1<<30),
			"wanted an image of at most 64 million pixels, found one of more; make it smaller", false},
		"no side": {claiming(whole, 0, 4), "the PNG is damaged: non-positive dimension", false},
		"arithmetic coding": {arithmetic,
			"the JPEG is of a kind that is not read: unknown marker; save it as an ordinary one", false},
	} {
		_, err := Decode(bytes.NewReader(c.file), 3)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: error = %v\nwant    %s", name, err, c.want)
		}
		if !errors.Is(err, strict.ErrFormat) || errors.Is(err, ErrOther) != c.other {
			t.Errorf("%s: %v: want it ErrFormat, and ErrOther: %v", name, err, c.other)
		}
	}
}

// TestEveryCutOfAFileIsAnError holds that no beginning of a file passes for the whole, and none makes a decoder panic.
func TestEveryCutOfAFileIsAnError(t *testing.T) {
	for _, name := range []string{"alpha.png", "palette.png", "half.jpg", "progressive.jpg", "turned6.jpg"} {
		whole := fixture(t, name)
		for n := range len(whole) {
			_, err := Decode(bytes.NewReader(whole[:n]), 1)
			// The last chunk of a PNG, and the last marker of a JPEG, hold no pixel.
			if err == nil && n < len(whole)-32 || err != nil && !errors.Is(err, strict.ErrFormat) {
				t.Fatalf("%s, %d of %d bytes: %v", name, n, len(whole), err)
			}
		}
	}
}

// TestABombCostsNothing holds that a header's claim alone makes nothing of its size.
func TestABombCostsNothing(t *testing.T) {
	bomb := claiming(fixture(t, "colour.png"), 8193, 8192)
	used := allocated.Bytes(func() {
		if _, err := Decode(bytes.NewReader(bomb), 3); err == nil {
			t.Error("want an error")
		}
	})
	if used > 1<<20 {
		t.Errorf("an image that is too large made it allocate %d bytes", used)
	}
}

// TestADecoderThatPanicsIsAnError: the image is what is wrong, not the program.
func TestADecoderThatPanicsIsAnError(t *testing.T) {
	before := formats
	defer func() { formats = before }()
	broken := before[0]
	broken.decode = func(io.Reader) (image.Image, error) { panic("index out of range") }
	formats = []format{broken}
	const want = "the PNG is damaged: its decoder gives up: index out of range"
	if _, err := Decode(bytes.NewReader(fixture(t, "grey.png")), 1); err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
	if decoding.left != MaxPixels {
		t.Errorf("%d pixels are not given back", MaxPixels-decoding.left)
	}
}

// TestFaultsOfTheDiskAreNotTheImages holds that they are no ErrFormat.
func TestFaultsOfTheDiskAreNotTheImages(t *testing.T) {
	broken := errors.New("input/output error")
	for _, begin := range [][]byte{nil, fixture(t, "grey.png")[:60]} {
		_, err := Decode(&failing{bytes.NewReader(begin), broken}, 1)
		if !errors.Is(err, broken) || errors.Is(err, strict.ErrFormat) {
			t.Errorf("error = %v, want the disk's own", err)
		}
	}
}

// failing is a file whose end cannot be read.
type failing struct {
	*bytes.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = f.err
	}
	return n, err
}

func TestHeadersTellGreyFromColour(t *testing.T) {
	for name, grey := range map[string]bool{
		"grey.png": true, "bit.png": true, "greypalette.png": true, "greyalpha.png": true,
		"deepgrey.png": true, "grey.jpg": true, "colour.png": false, "palette.png": false, "alpha.png": false,
		"deep.png": false, "whole.jpg": false, "cmyk.jpg": false,
	} {
		header, err := ReadHeader(bytes.NewReader(fixture(t, name)))
		if err != nil || header.Grey != grey {
			t.Errorf("%s: grey: %v, %v, want %v", name, header.Grey, err, grey)
		}
	}
}

// TestWhatIsTransparentLiesOnWhite, and says so; opaque images do not.
func TestWhatIsTransparentLiesOnWhite(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 3, 1))
	for x, alpha := range []uint8{0, 128, 255} {
		img.SetNRGBA(x, 0, color.NRGBA{R: 20, G: 20, B: 20, A: alpha})
	}
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		t.Fatal(err)
	}
	p, err := Decode(bytes.NewReader(file.Bytes()), 1)
	if err != nil || !bytes.Equal(p.Pixels, []uint8{255, 137, 20}) || !p.Transparent || p.Coloured {
		t.Errorf("found %+v, %v", p, err)
	}
	if p, err := Decode(bytes.NewReader(fixture(t, "colour.png")), 3); err != nil || p.Transparent || !p.Coloured {
		t.Errorf("an opaque image: transparent: %v, coloured: %v, %v", p.Transparent, p.Coloured, err)
	}
}

// TestImagesThatAreDecodedAtOnceAreFew holds that no more pixels than the limit are decoded at once, whoever asks.
func TestImagesThatAreDecodedAtOnceAreFew(t *testing.T) {
	b := newBudget(10)
	var mutex sync.Mutex
	var all sync.WaitGroup
	held, most := 0, 0
	for range 20 {
		all.Go(func() {
			b.take(4)
			mutex.Lock()
			held += 4
			most = max(most, held)
			mutex.Unlock()
			mutex.Lock()
			held -= 4
			mutex.Unlock()
			b.give(4)
		})
	}
	all.Wait()
	if most > 10 || b.left != 10 {
		t.Errorf("%d of 10 were taken at once, %d are left", most, b.left)
	}
}

// BenchmarkDecode reads a photograph of 2 million pixels and resizes it.
func BenchmarkDecode(b *testing.B) {
	img := image.NewRGBA(image.Rect(0, 0, 1600, 1200))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * 7 >> 3)
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, img, nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p, err := Decode(bytes.NewReader(file.Bytes()), 3)
		if err != nil {
			b.Fatal(err)
		}
		p.Resized(32, 32, Crop)
	}
}
