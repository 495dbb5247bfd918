package mnist

import (
	"strings"

	"ssdgm/train/data"
)

// sets are the data sets of this form. Sizes and checksums are published ones. MNIST's checksums are those of its content;
// the others' are those that TensorFlow Datasets records of what the mirrors have, and so of packed files.
var sets = []source{
	{
		name: "mnist", title: "MNIST", train: "train", test: "t10k", labels: labelsSuffix, classes: 10,
		help: []string{"train-images-idx3-ubyte and so on, gzipped or not, as they are distributed"},
		remote: data.Remote{
			Mirrors: []string{
				"https://ossci-datasets.s3.amazonaws.com/mnist/",
				"https://storage.googleapis.com/cvdf-datasets/mnist/",
				"http://yann.lecun.com/exdb/mnist/",
			},
			Files: []data.File{
				{
					Name: "train-images-idx3-ubyte", Size: 9_912_422, Length: 47_040_016,
					SHA256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
				},
				{
					Name: "train-labels-idx1-ubyte", Size: 28_881, Length: 60_008,
					SHA256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
				},
				{
					Name: "t10k-images-idx3-ubyte", Size: 1_648_877, Length: 7_840_016,
					SHA256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
				},
				{
					Name: "t10k-labels-idx1-ubyte", Size: 4_542, Length: 10_008,
					SHA256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
				},
			},
		},
	},
	{
		name: "fashion-mnist", title: "Fashion-MNIST", train: "train", test: "t10k", labels: labelsSuffix, classes: 10,
		names: []string{
			"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
		},
		help: []string{"files of MNIST's names, gzipped or not: clothes"},
		remote: data.Remote{
			Mirrors: []string{
				"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
				"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
			},
			Files: []data.File{
				{
					Name: "train-images-idx3-ubyte", Size: 26_421_880, Length: 47_040_016,
					Packed: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
				},
				{
					Name: "train-labels-idx1-ubyte", Size: 29_515, Length: 60_008,
					Packed: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
				},
				{
					Name: "t10k-images-idx3-ubyte", Size: 4_422_102, Length: 7_840_016,
					Packed: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
				},
				{
					Name: "t10k-labels-idx1-ubyte", Size: 5_148, Length: 10_008,
					Packed: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
				},
			},
		},
	},
	{
		name: "kmnist", title: "KMNIST", train: "train", test: "t10k", labels: labelsSuffix, classes: 10,
		names: []string{"お", "き", "す", "つ", "な", "は", "ま", "や", "れ", "を"},
		help:  []string{"files of MNIST's names, gzipped or not: cursive Japanese characters"},
		remote: data.Remote{
			Mirrors: []string{
				"https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
				"http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
			},
			Files: []data.File{
				{
					Name: "train-images-idx3-ubyte", Size: 18_165_135, Length: 47_040_016,
					Packed: "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
				},
				{
					Name: "train-labels-idx1-ubyte", Size: 29_497, Length: 60_008,
					Packed: "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
				},
				{
					Name: "t10k-images-idx3-ubyte", Size: 3_041_136, Length: 7_840_016,
					Packed: "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
				},
				{
					Name: "t10k-labels-idx1-ubyte", Size: 5_120, Length: 10_008,
					Packed: "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
				},
			},
		},
	},
	{
		name: "qmnist", title: "QMNIST", train: "qmnist-train", test: "qmnist-test", labels: "labels-idx2-int", classes: 10,
		help: []string{
			"qmnist-train-images-idx3-ubyte, qmnist-train-labels-idx2-int and so on, gzipped or not: MNIST made again,",
			"with the 50,000 test images that had been lost",
		},
		remote: data.Remote{
			Mirrors: []string{"https://raw.githubusercontent.com/facebookresearch/qmnist/master/"},
			Files: []data.File{
				{
					Name: "qmnist-train-images-idx3-ubyte", Size: 9_704_059, Length: 47_040_016,
					Packed: "9e26a7bf1683614e065d7b76460ccd52807165b3f22561fb782bd9f38c52b51d",
				},
				{
					Name: "qmnist-train-labels-idx2-int", Size: 463_024, Length: 1_920_012,
					Packed: "2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f",
				},
				{
					Name: "qmnist-test-images-idx3-ubyte", Size: 9_742_279, Length: 47_040_016,
					Packed: "43fc22bf7498b8fc98de98369d72f752d0deabc280a43a7bcc364ab19e57b375",
				},
				{
					Name: "qmnist-test-labels-idx2-int", Size: 526_800, Length: 1_920_012,
					Packed: "9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06",
				},
			},
		},
	},
	emnist("balanced", 0, merged,
		"gzip.zip, or emnist-balanced-train-images-idx3-ubyte and so on from it, gzipped or not:",
		"emnist-balanced: 47 digits and letters, equally many of each; small letters like their capitals are the same"),
	emnist("byclass", 0, digits+capitals+small,
		"emnist-byclass: 62 digits, capitals and small letters, as often as they were written"),
	emnist("bymerge", 0, merged, "emnist-bymerge: the same, of the 47 classes of emnist-balanced"),
	emnist("digits", 0, digits, "emnist-digits: digits"),
	emnist("letters", 1, capitals, "emnist-letters: 26 letters, capitals and small ones"),
	emnist("mnist", 0, digits, "emnist-mnist: digits, as many as MNIST's"),
}

// The characters of EMNIST's classes, in the order of their labels.
const (
	digits   = "0123456789"
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	small    = "abcdefghijklmnopqrstuvwxyz"
	merged   = digits + capitals + "abdefghnqrt" // The other small letters look like their capitals.
)

// emnist is one of EMNIST's data sets, which come in one archive. Its images lie on their side.
func emnist(part string, firstLabel int, characters string, help ...string) source {
	s := source{
		name: "emnist-" + part, title: "EMNIST", train: "emnist-" + part + "-train", test: "emnist-" + part + "-test",
		labels: labelsSuffix, classes: len(characters), firstLabel: firstLabel, transposed: true, shared: "emnist",
		help: help,
		remote: data.Remote{
			Mirrors: []string{
				"https://biometrics.nist.gov/cs_links/EMNIST/",
				"https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
			},
			Files: []data.File{{
				Name: archive, Size: 561_753_746, Length: 561_753_746,
				SHA256: "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
			}},
		},
	}
	if characters != digits {
		s.names = strings.Split(characters, "")
	}
	return s
}
