package train

import (
	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/train/data"
	_ "ssdgm/train/data/all" // what data.name may be
)

func init() { configs.RegisterChoices("data.name", data.Names) }

// dataset is the training part of a data set, as the loop sees it for one member: the
// images are on a device, and on the host are only those labels that training or
// validation may use.
type dataset struct {
	*corpus
	split                data.Split
	labels               []int32 // of every labelled and validation example, −1 for the others
	labelled, unlabelled int     // how many of each are trained on
}

// corpus is what members with the same training examples share.
type corpus struct {
	name                string
	n, d, height, width int
	classes             int
	digest              string
	everyone            []int32         // examples that are trained on: all but the validation ones
	config              *configs.Config // which of the examples are used
	part                data.Part
	images              []uint8 // until a device has them
}

// Parts opens a configuration's data set: the training part and the test part. The
// data are the same for every seed.
func Parts(c *configs.Config) (train, test data.Part, err error) {
	limit := 0
	if source, _ := data.Lookup(c.Data.Name); c.Data.Train > 0 && source.Kind == data.Drawn {
		limit = c.Data.Train + c.Data.Validation
	}
	return data.Open(data.Options{Name: c.Data.Name, Dir: c.Data.Dir, Train: limit, Test: c.Data.Test})
}

// loadCorpus reads the training part. The labels go no further than the members' splits.
func loadCorpus(c *configs.Config, part data.Part) (*corpus, *data.Set, error) {
	set, err := part.Load()
	if err == nil {
		set, err = limited(c, set)
	}
	if err != nil {
		return nil, nil, err
	}
	return &corpus{
		name: set.Name, n: set.N, d: set.D(), height: set.Height, width: set.Width, classes: set.Classes,
		digest: set.Digest(), everyone: sequence(max(0, set.N-c.Data.Validation)),
		config: c, part: part, images: set.Images,
	}, set, nil
}

// takeImages gives the images away: a device has a copy, and two would be one too many. Another
// device has them read again.
func (k *corpus) takeImages() ([]uint8, error) {
	if images := k.images; images != nil {
		k.images = nil
		return images, nil
	}
	set, err := k.part.Load()
	if err == nil {
		set, err = limited(k.config, set)
	}
	if err != nil {
		return nil, err
	}
	return set.Images, nil
}

// upload puts the images on a device, [n, d].
func (k *corpus) upload(dev engine.Device) (engine.Bytes, error) {
	host, err := k.takeImages()
	if err != nil {
		return engine.Bytes{}, err
	}
	images := dev.NewSharedBytes(len(host))
	dev.WriteBytes(images, host)
	return images, nil
}

// newDataset draws a member's labels.
func newDataset(c *configs.Config, k *corpus, set *data.Set) (*dataset, error) {
	split, err := divide(c, set)
	if err != nil {
		return nil, err
	}
	ds := &dataset{corpus: k, split: split, labelled: len(split.Labelled), unlabelled: len(split.Unlabelled)}
	ds.labels = make([]int32, set.N)
	for i := range ds.labels {
		ds.labels[i] = -1
	}
	for _, known := range [][]int32{split.Labelled, split.Validation} {
		for _, i := range known {
			ds.labels[i] = int32(set.Labels[i])
		}
	}
	return ds, nil
}

// limited is what a configuration uses of the training part.
func limited(c *configs.Config, set *data.Set) (*data.Set, error) {
	if c.Data.Train == 0 {
		return set, nil
	}
	return limit(set, c.Data.Train, c.Data.Validation)
}

// divide splits what a configuration uses of the training part.
func divide(c *configs.Config, set *data.Set) (data.Split, error) {
	return data.NewSplit(set.Labels, set.Classes, data.SplitOptions{
		Seed: c.Seed, Labels: c.Data.Labels, LabelCounts: c.Data.LabelCounts, Validation: c.Data.Validation,
	})
}

// limit keeps the first n examples and the validation examples at the end.
func limit(set *data.Set, n, validation int) (*data.Set, error) {
	if n+validation > set.N {
		return nil, data.InputErrorf("data.train = %d and data.validation = %d: want at most %d examples in all, the size of %s; lower one of them",
			n, validation, set.N, set.Name)
	}
	d, tail := set.D(), set.N-validation
	cut := *set
	cut.N = n + validation
	cut.Images = append(append([]uint8{}, set.Images[:n*d]...), set.Images[tail*d:]...)
	cut.Labels = append(append([]uint8{}, set.Labels[:n]...), set.Labels[tail:]...)
	return &cut, nil
}

// labelsOf picks the labels of the given examples.
func (ds *dataset) labelsOf(index []int32) []int32 {
	picked := make([]int32, len(index))
	for b, i := range index {
		picked[b] = ds.labels[i]
	}
	return picked
}

// upload makes a shared array of example numbers.
func upload(dev engine.Device, host []int32) engine.Ints {
	a := dev.NewSharedInts(len(host))
	dev.WriteInts(a, 0, host)
	return a
}
