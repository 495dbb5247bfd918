package describe

import (
	"context"
	"testing"

	"ssdgm/configs"
	"ssdgm/train"
)

// TestTheExamplesTrain holds that the examples of own data, which README trains from the project's folder, are sound.
func TestTheExamplesTrain(t *testing.T) {
	t.Chdir("../..")
	for _, name := range []string{"wine", "breast-cancer", "digits"} {
		c, origins, err := configs.Load("configs/examples/"+name+".toml", nil)
		if err != nil || len(origins.Idle) > 0 {
			t.Fatalf("%s: %v, %q have no effect", name, err, origins.Idle)
		}
		if c.Data.Name == imagesName {
			continue // Its folder is made by a command, see scripts/pngs.
		}
		c.M2.Train.Steps, c.Supervised.Train.Steps = 3, 3
		if _, err := train.Run(context.Background(), c, train.RunOptions{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d, err := Path(c.Data.Path, Options{}); err != nil || d.Label != c.Data.LabelColumn || d.Unlabelled == 0 {
			t.Errorf("%s: want the label in column %s, found %+v, %v", name, c.Data.LabelColumn, d, err)
		}
	}
}
