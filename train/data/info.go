package data

// Info describes a part of a data set.
type Info struct {
	Name        string   `json:"name"`
	N           int      `json:"n"`
	Height      int      `json:"height"`
	Width       int      `json:"width"`
	Channels    int      `json:"channels"`
	ClassCounts []int    `json:"class_counts"`          // examples of each class
	ClassNames  []string `json:"class_names,omitempty"` // where they are more than numbers
	Unlabelled  int      `json:"unlabelled,omitempty"`
	MeanPixel   *float64 `json:"mean_pixel,omitempty"` // 0 to 255; of pixels
	MeanValue   *float64 `json:"mean_value,omitempty"` // of real values
	Digest      string   `json:"digest"`               // see Set.Digest
}

// Info counts what is in the set.
func (s *Set) Info() Info {
	info := Info{
		Name: s.Name, N: s.N, Height: s.Height, Width: s.Width, Channels: s.Channels,
		ClassCounts: make([]int, s.Classes), ClassNames: s.ClassNames, Digest: s.Digest(),
	}
	for _, label := range s.Labels {
		if label == Unlabelled {
			info.Unlabelled++
		} else {
			info.ClassCounts[label]++
		}
	}
	if s.Real() {
		sum := 0.0
		for _, value := range s.Floats {
			sum += float64(value)
		}
		mean := sum / float64(len(s.Floats))
		info.MeanValue = &mean
		return info
	}
	sum := uint64(0)
	for _, value := range s.Images {
		sum += uint64(value)
	}
	mean := float64(sum) / float64(len(s.Images))
	info.MeanPixel = &mean
	return info
}
