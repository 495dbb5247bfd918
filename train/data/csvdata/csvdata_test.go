package csvdata

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/allocated"
	"ssdgm/train/data/strict"
)

func TestReadReturnsWhatWasWritten(t *testing.T) {
	want := &Table{N: 3, Width: 2, Values: []uint8{0, 255, 7, 8, 9, 10}, Labels: []int{3, -1, -1}}
	for name, text := range map[string]string{
		"plain":        "3,0,255\n-1,7,8\n,9,10\n",
		"a heading":    "label,pixel0,pixel1\n3,0,255\n-1,7,8\n,9,10",
		"spreadsheets": "\ufeffLabel,a,b\r\n\"3\",0,255\r\n-1,7,\"8\"\r\n\"\",9,10\r\n",
		"spaces":       "3, 0 , 255\n\n-1, 7, 8\n , 9, 10\n",
	} {
		got, err := Read(strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	for _, fault := range []struct{ name, text, want string }{
		{"empty", "", "wanted at least one line with a label and values, found none"},
		{"a heading alone", "label,a\n", "wanted at least one line with a label and values, found none"},
		{"a label alone", "1\n", "line 1: wanted a label and 1 to 65536 values, found 1 fields"},
		{"a word", "1,2\n1,two\n", `line 2, field 2: wanted a whole number from 0 to 255, found "two"`},
		{"a fraction", "1,0.5\n", `line 1, field 2: wanted a whole number from 0 to 255, found "0.5"`},
		{"too large", "1,256\n", `line 1, field 2: wanted a whole number from 0 to 255, found "256"`},
		{"a label too large", "255,1\n", `line 1: wanted a label from 0 to 254, or none, found "255"`},
		{"another heading", "class,a\n", `line 1: wanted a label from 0 to 254, or none, found "class"`},
		{"ragged", "1,2\n1,2,3\n", "line 2: wanted as many fields as on the lines before"},
		{"a quote", "1,\"2\n", `line 1, byte 6: extraneous or missing " in quoted-field`},
		{"an endless line", strings.Repeat("1,", maxRecord), "a line of more than 524288 bytes"},
		{"an endless field", "1,\"" + strings.Repeat("1\n", maxRecord), "a line of more than 524288 bytes"},
	} {
		_, err := Read(strings.NewReader(fault.text))
		if err == nil || err.Error() != fault.want {
			t.Errorf("%s: error = %v\nwant %s", fault.name, err, fault.want)
		}
		if !errors.Is(err, strict.ErrFormat) {
			t.Errorf("%s: %v is not an ErrFormat", fault.name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("3,0,255\n-1,7,8\n,9,10\n")
	f.Add("label,a\n1,2")
	f.Add("1,\"2\n")
	f.Add("\x1f\x8b")
	f.Fuzz(func(t *testing.T, text string) {
		used := allocated.Bytes(func() {
			table, err := Read(strings.NewReader(text))
			if err == nil && (len(table.Labels) != table.N || len(table.Values) != table.N*table.Width) {
				t.Errorf("%d labels and %d values of %d×%d", len(table.Labels), len(table.Values), table.N, table.Width)
			}
			if err != nil && !errors.Is(err, strict.ErrFormat) {
				t.Errorf("error = %v, want an ErrFormat", err)
			}
		})
		// The reader of lines takes about 40 bytes for a field, in lists that double.
		if most := uint64(1<<20 + 128*strict.Limit(int64(len(text)), strings.HasPrefix(text, "\x1f\x8b"))); used > most {
			t.Errorf("%d bytes made it allocate %d, want at most %d", len(text), used, most)
		}
	})
}
