package sweep

import (
	_ "embed"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"text/template"
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
	Memory   string // in the engine's words
}

// Last is the number of the last task.
func (j Job) Last() int { return j.Tasks - 1 }

// Slurm is an array job of Slurm.
type Slurm struct {
	Job
	Time      string // as Slurm takes it; empty: the partition's own
	Partition string
	Logs      string // the folder for what workers say
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
		"shell": shellWords, "yaml": quoted, "indent": indented,
	}).Parse(slurmText)).New("kubernetes").Parse(kubernetesText))
)

// Write writes the script that sbatch takes.
func (j *Slurm) Write(w io.Writer) error { return templates.ExecuteTemplate(w, "slurm", j) }

// Write writes the manifest that kubectl takes.
func (j *Kubernetes) Write(w io.Writer) error { return templates.ExecuteTemplate(w, "kubernetes", j) }

// shellWords are words as a shell takes them for themselves.
func shellWords(words []string) string {
	safe := make([]string, len(words))
	for i, word := range words {
		safe[i] = word
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_") != "" {
			safe[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(safe, " ")
}

// quoted is a text as YAML takes it: as JSON does.
func quoted(text string) (string, error) {
	b, err := json.Marshal(text)
	return string(b), err
}

// indented puts spaces before every line that has something on it.
func indented(spaces int, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimRight(line, "\r\n") != "" {
			b.WriteString(strings.Repeat(" ", spaces))
		}
		b.WriteString(line)
	}
	return strings.TrimRight(b.String(), "\n")
}
