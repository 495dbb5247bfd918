package message

import (
	"encoding/json"
	"testing"
)

func TestTextKeepsWhatCanBeSeen(t *testing.T) {
	for text, want := range map[string]string{
		"a\tb\nc – é 漢\n":             "a\tb\nc – é 漢\n",
		"\x1b[31mred\x1b[0m\r\n":      `\u001b[31mred\u001b[0m\u000d` + "\n",
		"del\x7f c1\u009b bidi\u202e": `del\u007f c1\u009b bidi\u202e`,
		"tag \U000e0041.":             `tag \udb40\udc41.`,
		"bytes \xff\x9b are none":     `bytes \xff\x9b are none`,
		"\ufffd":                      "\ufffd",
	} {
		if found := string(Text([]byte(text))); found != want {
			t.Errorf("%q: want %q, found %q", text, want, found)
		}
	}
}

// TestTextMeansTheSameToJSON holds that what reads the output gets the characters that were there.
func TestTextMeansTheSameToJSON(t *testing.T) {
	const name = "\x1b]0;title\x07 \x7f \u009b \u202e \U000e0041 é"
	encoded, err := json.Marshal(name)
	if err != nil {
		t.Fatal(err)
	}
	var found string
	if err := json.Unmarshal(Text(encoded), &found); err != nil || found != name {
		t.Errorf("want %q, found %q, %v", name, found, err)
	}
}

// TestTextInPiecesIsWhole holds that a character which comes in two pieces stays as it is.
func TestTextInPiecesIsWhole(t *testing.T) {
	const text = "é漢𝄞"
	for cut := range len(text) {
		if found := string(Text([]byte(text[:cut]))) + string(Text([]byte(text[cut:]))); found != text {
			t.Errorf("cut at %d: found %q", cut, found)
		}
	}
}
