// Package sweep is many runs of one grid, trained apart from each other: by one machine, or by an engine that
// people have already, such as Slurm or Kubernetes. What a sweep knows lies in files of one folder:
//
//	runs/NAME/        the run folder of each member of the grid
//	tasks/TASK.json   what became of a task when it was last taken up, and when its worker was last alive
//	tasks/TASK.lock   held while a worker has the task
//	logs/             what the workers say under Slurm
//
// A task is one or more members that one worker trains together. Workers need nothing but the grid, the folder
// and the number of their task, and the same task can be given to any worker any number of times.
package sweep

import (
	"fmt"
	"os"
	"path/filepath"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/message"
	"ssdgm/train/report"
	"ssdgm/train/run"
)

// The names in a sweep's folder.
const (
	runsName  = "runs"
	tasksName = "tasks"
	logsName  = "logs"
)

// Sweep is a grid and the folder that its runs are kept in.
type Sweep struct {
	Dir  string
	Grid *configs.Grid
}

// Task is the members that one worker trains together.
type Task struct {
	Index   int
	Name    string // its first member's, and how many more there are
	Members []configs.Member
}

// Runs is the folder that holds the run folders, each with its member's name.
func (s *Sweep) Runs() string { return filepath.Join(s.Dir, runsName) }

// Logs is the folder for what workers say.
func (s *Sweep) Logs() string { return filepath.Join(s.Dir, logsName) }

// Tasks divides the members into tasks, always in the same way: those of one architecture stay together, as many
// as replicas says at most; 0 is no limit.
func (s *Sweep) Tasks(replicas int) []Task {
	groups := s.Architectures()
	var tasks []Task
	for _, group := range groups {
		size := len(group)
		if replicas > 0 {
			size = min(size, replicas)
		}
		for from := 0; from < len(group); from += size {
			members := group[from:min(from+size, len(group))]
			tasks = append(tasks, Task{Index: len(tasks), Name: taskName(members), Members: members})
		}
	}
	return tasks
}

func taskName(members []configs.Member) string {
	if len(members) == 1 {
		return members[0].Name
	}
	return fmt.Sprintf("%s+%d", members[0].Name, len(members)-1)
}

// Architectures puts members together that can be replicas of one device, in the order of the grid. They may
// differ in their seed, their labels, α and the rate.
func (s *Sweep) Architectures() [][]configs.Member {
	var groups [][]configs.Member
	places := map[string]int{}
	for _, m := range s.Grid.Members {
		key := string(m.Config.ForAnyReplica().TOML())
		at, known := places[key]
		if !known {
			at = len(groups)
			groups, places[key] = append(groups, nil), at
		}
		groups[at] = append(groups[at], m)
	}
	return groups
}

// own refuses a folder that can be no sweep's, and one in which 'train' keeps the runs of a task: they would be trained
// once more, beside themselves.
func (s *Sweep) own(t Task) error {
	if info, err := os.Stat(s.Dir); err == nil && !info.IsDir() {
		return data.InputErrorf("open %s: want a folder, found a file; choose another one with --out", s.Dir)
	}
	if run.IsRun(s.Dir) {
		return data.InputErrorf("open %s: want a folder for a sweep, found a run; choose another --out", s.Dir)
	}
	for _, m := range t.Members {
		if run.IsRun(filepath.Join(s.Dir, m.Name)) {
			return data.InputErrorf("open %s: want a folder for a sweep, found the run %s in it; go on with %s, or choose another --out",
				s.Dir, m.Name, message.Command("train", "--out", s.Dir))
		}
	}
	return nil
}

// Finished tells whether every run of a task has its result. It is an error if one's folder holds a run of another
// configuration, or the sweep's is none.
func (s *Sweep) Finished(t Task) (bool, error) {
	if err := s.own(t); err != nil {
		return false, err
	}
	finished := true
	for _, m := range t.Members {
		dir := filepath.Join(s.Runs(), m.Name)
		if _, err := train.SameRun(dir, m.Config); err != nil {
			return false, err
		}
		finished = finished && report.Summarised(dir)
	}
	return finished, nil
}
