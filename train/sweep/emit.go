package sweep

import (
	_ "embed"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"unicode"

	"ssdgm/train/message"
)

// Job is what every engine is told of a sweep.
type Job struct {
	Name     string   // letters, digits and dashes
	Tasks    int      // how many there are
	Worker   []string // the command line of a worker, but for the number of its task
	Health   []string // what asks a worker whether it gets on, in the same way; the program itself is not named
	Grid     string   // what the grid is called
	Parallel int      // tasks at once; 0: as many as there is room for
	Retries  int      // of a task that ends in a fault
	CPUs     int      // for each task
	GPUs     int
	Memory   string // a count and one of K, M, G, T, with an i or without: steps of 1024 for every engine
}

// Last is the number of the last task.
func (j Job) Last() int { return j.Tasks - 1 }

// Slurm is an array job of Slurm.
type Slurm struct {
	Job
	Time      string // as Slurm takes it; empty: the partition's own
	Partition string
	Logs      string // the folder for what workers say
	Here      string // where the paths of the grid begin that are not absolute, wherever sbatch is called; empty: there
}

// Absolute is a path from the folder that it begins in.
func Absolute(here, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(here, path)
}

// Attempts is the beginning of the names of the files in which the script counts faults.
func (j *Slurm) Attempts() []string { return []string{filepath.Join(j.Logs, "faults")} }

// Kubernetes is an Indexed Job of Kubernetes.
type Kubernetes struct {
	Job
	Image string
	// Text is the grid, which the manifest brings along; empty where the image has it.
	Text string
	// Claim is the volume claim for the runs. Where it has a Storage the manifest makes it.
	Claim, Storage string
	MaxFailed      int // tasks that may fail before the others are stopped
	GraceSeconds   int // from the request to stop to the end
}

var (
	//go:embed slurm.tmpl
	slurmText string
	//go:embed kubernetes.tmpl
	kubernetesText string

	templates = template.Must(template.Must(template.New("slurm").Funcs(template.FuncMap{
		"shell": shellWords, "list": func(words ...string) []string { return words }, "yaml": strconv.Quote, "argument": argument, "file": file,
		"slurmSize": slurmSize, "kubernetesSize": kubernetesSize,
	}).Parse(slurmText)).New("kubernetes").Parse(kubernetesText))
)

// Write writes the script that sbatch takes.
func (j *Slurm) Write(w io.Writer) error { return templates.ExecuteTemplate(w, "slurm", j) }

// Write writes the manifest that kubectl takes.
func (j *Kubernetes) Write(w io.Writer) error { return templates.ExecuteTemplate(w, "kubernetes", j) }

// shellWords are words as a shell takes them for themselves.
func shellWords(words []string) string { return message.Words(words...) }

// argument is a word of a container's command line as YAML takes it, in which Kubernetes makes one dollar sign of two
// and puts a variable's value in the place of $(NAME). strconv.Quote's escapes are YAML's, and it leaves no sign
// that ends a line there.
func argument(word string) string { return strconv.Quote(strings.ReplaceAll(word, "$", "$$")) }

// file is a text as the value of a key that stands two spaces in: a block that people can read, or quoted where it
// has signs that a block would lose.
func file(text string) string {
	odd := func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }
	if strings.ContainsFunc(text, odd) {
		return strconv.Quote(text)
	}
	var b strings.Builder
	text, ends := strings.CutSuffix(text, "\n")
	if ends {
		b.WriteString("|2+\n")
	} else {
		b.WriteString("|2-\n")
	}
	for line := range strings.Lines(text) {
		if strings.TrimRight(line, "\n") != "" {
			b.WriteString("    ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// slurmSize is a size as Slurm writes it, whose 4G are 4 · 1024³ bytes.
func slurmSize(size string) string { return strings.TrimSuffix(size, "i") }

// kubernetesSize is the same size as Kubernetes writes it, whose 4G would be 4 · 1000³ bytes.
func kubernetesSize(size string) string { return slurmSize(size) + "i" }
