package images

import (
	"fmt"
	"slices"

	"ssdgm/train/data"
	"ssdgm/train/data/picture"
)

// shape is what all images are brought to.
type shape struct {
	height, width, channels int
	rule                    picture.Rule
	resized                 bool   // the user has named the sides
	first                   string // an image of the sides, where the user has not
}

func (s shape) d() int { return s.height * s.width * s.channels }

// maxBytes is how large a set may be: 64 GiB. Larger ones are mistakes as a rule, of photographs in their full size.
const maxBytes = 1 << 36

// shapeOf is the shape of a training part.
func shapeOf(o data.OwnOptions, all []*gathered) (s shape, note string, err error) {
	s = shape{rule: picture.Rule(o.Resize), channels: 3}
	if s.rule == "" {
		s.rule = picture.Crop
	}
	switch grey, n := greys(all); {
	case o.Channels == "grey", o.Channels != "colour" && grey == n:
		s.channels = 1
	case o.Channels != "colour" && grey > 0:
		note = fmt.Sprintf("%s: %d of %d images are grey, the others are not: all are taken as colour; "+
			"data.channels = \"grey\" takes all as grey", all[0].place, grey, n)
	}
	if len(o.Size) == 2 {
		s.height, s.width, s.resized = o.Size[0], o.Size[1], true
	} else {
		first := all[0].headers[0]
		s.height, s.width, s.first = first.Height, first.Width, all[0].called(0)
	}
	n := 0
	for _, g := range all {
		n += len(g.labels)
		if err := s.fits(g); err != nil {
			return s, "", err
		}
	}
	if bytes := int64(n) * int64(s.d()); bytes > maxBytes {
		return s, "", data.InputErrorf("%s: wanted images of %d GiB in all at most, found %d of %d×%d pixels, which are "+
			"%d GiB; bring them to a smaller size, as in data.size = [32, 32]",
			all[0].place, maxBytes>>30, n, s.width, s.height, bytes>>30)
	}
	return s, note, nil
}

// greys is how many of all images are grey.
func greys(all []*gathered) (grey, n int) {
	for _, g := range all {
		for _, h := range g.headers {
			n++
			if h.Grey {
				grey++
			}
		}
	}
	return grey, n
}

// fits returns an error unless images have a shape, or are brought to it.
func (s shape) fits(g *gathered) error {
	if s.resized {
		return nil
	}
	at := slices.IndexFunc(g.headers, func(h picture.Header) bool { return h.Height != s.height || h.Width != s.width })
	if at < 0 {
		return nil
	}
	h := g.headers[at]
	return data.InputErrorf("wanted images of one size, found %s with %d×%d pixels and %s with %d×%d; say to which "+
		"height and width they are to be brought, as in data.size = [28, 28]",
		s.first, s.width, s.height, g.called(at), h.Width, h.Height)
}

// takes returns an error where a test part has colour and the training part has none, unless the user has said that all
// are to be grey.
func (s shape) takes(g *gathered, o data.OwnOptions) error {
	if err := s.fits(g); err != nil {
		return err
	}
	if s.channels == 3 || o.Channels == "grey" {
		return nil
	}
	if at := slices.IndexFunc(g.headers, func(h picture.Header) bool { return !h.Grey }); at >= 0 {
		return data.InputErrorf("%s: wanted a grey image, as all of the training part are, found one in colour; "+
			"data.channels = \"grey\" takes it as grey", g.called(at))
	}
	return nil
}
