package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Chart is a drawing of lines over two axes.
type Chart struct {
	Title, X, Y string
	LogX, LogY  bool
	// Ticks of the x axis; nil: chosen.
	XTicks []float64
	Lines  []Curve
}

// Curve is one line. Curves of one name share a style and a word in the legend.
type Curve struct {
	Name string
	// Style and Dashed decide colour and dash: no two pairs of them look the same.
	Style  int
	Dashed bool
	Marked bool // with a mark at every point
	Points []Point
}

// Point is a place on a curve; Deviation draws a bar so far up and down.
type Point struct{ X, Y, Deviation float64 }

// palette are colours that the colour-blind can tell apart (Okabe and Ito 2008).
var palette = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999"}

// The sizes of a drawing in pixels.
const (
	panelWidth, panelHeight              = 480, 320
	marginLeft, marginRight              = 60, 16
	marginTop, marginBottom              = 34, 46
	legendLine, legendColumn, legendHead = 18, 240, 8
	legendSample                         = 34 // of a curve: the dash and the dots of one that has many
)

// WriteSVG draws charts beside each other with one legend below.
func WriteSVG(w io.Writer, charts ...Chart) error {
	legend := legendOf(charts)
	width := len(charts) * panelWidth
	columns := max(1, width/legendColumn)
	height := panelHeight + legendHead + (len(legend)+columns-1)/columns*legendLine
	d := &drawing{}
	d.add(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`, width, height, width, height)
	d.add(`<rect width="100%%" height="100%%" fill="white"/>`)
	for i := range charts {
		d.add(`<g transform="translate(%d 0)">`, i*panelWidth)
		d.chart(&charts[i])
		d.add(`</g>`)
	}
	for i, c := range legend {
		x, y := 20+i%columns*legendColumn, panelHeight+legendHead+i/columns*legendLine
		d.stroke(&c, fmt.Sprintf("M%d %dh%d", x, y, legendSample))
		d.text(float64(x+legendSample+8), float64(y+4), "start", c.Name)
	}
	d.add(`</svg>`)
	_, err := io.WriteString(w, d.String())
	return err
}

// legendOf is one curve of each name, in order.
func legendOf(charts []Chart) []Curve {
	var legend []Curve
	for _, chart := range charts {
		for _, c := range chart.Lines {
			if !slices.ContainsFunc(legend, func(other Curve) bool { return other.Name == c.Name }) {
				legend = append(legend, c)
			}
		}
	}
	return legend
}

// drawing is an SVG under way.
type drawing struct{ strings.Builder }

func (d *drawing) add(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

func (d *drawing) text(x, y float64, anchor, text string) {
	d.add(`<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, x, y, anchor, escaped(text))
}

func escaped(text string) string {
	var b strings.Builder
	// A strings.Builder never refuses a write.
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}

// colour is one of the palette, which begins anew when it is used up.
func (c *Curve) colour() string { return palette[c.Style%len(palette)] }

// dash is what tells curves of one colour apart: a dash and so many dots, as SVG takes them; empty for a whole line.
func (c *Curve) dash() string {
	n := 2 * (c.Style / len(palette))
	if c.Dashed {
		n++
	}
	if n == 0 {
		return ""
	}
	return "5 4" + strings.Repeat(" 1 3", n-1)
}

func (d *drawing) stroke(c *Curve, path string) {
	dash := ""
	if pattern := c.dash(); pattern != "" {
		dash = fmt.Sprintf(` stroke-dasharray="%s"`, pattern)
	}
	d.add(`<path d="%s" fill="none" stroke="%s" stroke-width="1.5"%s/>`, path, c.colour(), dash)
}

// bar is a whole line in a curve's colour.
func (d *drawing) bar(c *Curve, path string) {
	d.add(`<path d="%s" fill="none" stroke="%s" stroke-width="1.5"/>`, path, c.colour())
}

func (d *drawing) chart(c *Chart) {
	x, y := c.axes()
	bottom, right := float64(panelHeight-marginBottom), float64(panelWidth-marginRight)
	for _, tick := range x.ticks {
		d.add(`<path d="M%.1f %d V%.1f" stroke="#dddddd"/>`, x.place(tick), marginTop, bottom)
		d.text(x.place(tick), bottom+16, "middle", tickText(tick))
	}
	for _, tick := range y.ticks {
		d.add(`<path d="M%d %.1f H%.1f" stroke="#dddddd"/>`, marginLeft, y.place(tick), right)
		d.text(marginLeft-6, y.place(tick)+4, "end", tickText(tick))
	}
	d.add(`<path d="M%d %d V%.1f H%.1f" fill="none" stroke="black"/>`, marginLeft, marginTop, bottom, right)
	d.text(marginLeft, 20, "start", c.Title)
	d.text((marginLeft+right)/2, bottom+36, "middle", c.X)
	d.add(`<text transform="translate(16 %.1f) rotate(-90)" text-anchor="middle">%s</text>`, (marginTop+bottom)/2, escaped(c.Y))
	for i := range c.Lines {
		d.curve(&c.Lines[i], x, y)
	}
}

func (d *drawing) curve(c *Curve, x, y *axis) {
	var path strings.Builder
	for i, p := range c.Points {
		letter := "L"
		if i == 0 {
			letter = "M"
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", letter, x.place(p.X), y.place(p.Y))
	}
	if path.Len() > 0 {
		d.stroke(c, path.String())
	}
	for _, p := range c.Points {
		if c.Marked {
			d.add(`<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`, x.place(p.X), y.place(p.Y), c.colour())
		}
		if p.Deviation > 0 {
			d.bar(c, fmt.Sprintf("M%.1f %.1fV%.1f", x.place(p.X), y.place(p.Y-p.Deviation), y.place(p.Y+p.Deviation)))
		}
	}
}

// axis maps figures to pixels.
type axis struct {
	log       bool
	low, high float64 // as figures, or as their logarithms
	from, to  float64 // pixels
	ticks     []float64
}

// axes span all points of a chart.
func (c *Chart) axes() (x, y *axis) {
	var xs, ys []float64
	for _, line := range c.Lines {
		for _, p := range line.Points {
			xs, ys = append(xs, p.X), append(ys, p.Y-p.Deviation, p.Y+p.Deviation)
		}
	}
	x = newAxis(append(xs, c.XTicks...), c.LogX, marginLeft, panelWidth-marginRight)
	y = newAxis(ys, c.LogY, panelHeight-marginBottom, marginTop)
	if c.XTicks != nil {
		x.ticks = c.XTicks
	}
	return x, y
}

func newAxis(values []float64, log bool, from, to float64) *axis {
	a := &axis{log: log, from: from, to: to, low: math.Inf(1), high: math.Inf(-1)}
	for _, v := range values {
		if u := a.scale(v); !math.IsInf(u, 0) && !math.IsNaN(u) {
			a.low, a.high = min(a.low, u), max(a.high, u)
		}
	}
	if a.low > a.high {
		a.low, a.high = 0, 1
	}
	if !log {
		a.low = min(a.low, 0)
	}
	if a.high == a.low {
		a.high++
	}
	a.high += 0.04 * (a.high - a.low)
	if log {
		a.low -= 0.04 * (a.high - a.low)
		a.ticks = a.logTicks()
	} else {
		a.ticks = linearTicks(a.low, a.high)
	}
	return a
}

func (a *axis) scale(v float64) float64 {
	if a.log {
		return math.Log10(v)
	}
	return v
}

// place is where a figure lies; what a logarithm does not have lies at the end of the axis.
func (a *axis) place(v float64) float64 {
	u := a.scale(v)
	if math.IsNaN(u) {
		u = a.low
	}
	u = min(max(u, a.low), a.high)
	return a.from + (u-a.low)/(a.high-a.low)*(a.to-a.from)
}

// linearTicks are four to ten multiples of 1, 2 or 5 times a power of ten.
func linearTicks(low, high float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	for _, factor := range []float64{5, 2} {
		if (high-low)/(step*factor) >= 4 {
			step *= factor
			break
		}
	}
	var ticks []float64
	for i := math.Ceil(low / step); i*step <= high; i++ {
		ticks = append(ticks, i*step)
	}
	return ticks
}

// logTicks are 1, 2 and 5 times the powers of ten; where these would be many the powers alone, and where they
// would be few those of a linear axis.
func (a *axis) logTicks() []float64 {
	factors := []float64{1, 2, 5}
	switch span := a.high - a.low; {
	case span < 1:
		return linearTicks(math.Pow(10, a.low), math.Pow(10, a.high))
	case span > 3:
		factors = []float64{1}
	}
	var ticks []float64
	for power := math.Floor(a.low); power <= a.high; power++ {
		for _, factor := range factors {
			if t := factor * math.Pow(10, power); math.Log10(t) >= a.low && math.Log10(t) <= a.high {
				ticks = append(ticks, t)
			}
		}
	}
	return ticks
}

// tickText writes a figure without what floating point adds to it.
func tickText(v float64) string {
	text := fmt.Sprintf("%.4g", v)
	if v >= 1e4 && v < 1e9 {
		text = fmt.Sprintf("%.0f", v)
	}
	if thousand, ok := strings.CutSuffix(text, "000"); ok && v >= 1e4 {
		text = thousand + "k"
	}
	return text
}
