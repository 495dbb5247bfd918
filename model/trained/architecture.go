package trained

import (
	"encoding/json"
	"maps"
	"slices"

	"ssdgm/configs"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/spec"
	"ssdgm/train/safetensors"
)

// architecture is what decides which networks a model has and what they compute, apart from their parameters: keys of
// its configuration and their values.
func (m *Model) architecture() map[string]any {
	c := m.Config
	all := map[string]any{"model": c.Model, "yardstick": c.Yardstick}
	if m.M1 != nil {
		all["m1.hidden"], all["m1.latents"] = c.M1.Hidden, c.M1.Latents
		all["m1.activation"], all["m1.output"] = c.M1.Activation, c.M1.Output
	}
	if m.M2 != nil {
		all["m2.hidden"], all["m2.classifier_hidden"] = c.M2.Hidden, c.M2.ClassifierHidden
		all["m2.latents"], all["m2.activation"], all["m2.class_prior"] = c.M2.Latents, c.M2.Activation, c.M2.ClassPrior
		all["m2.class_probabilities"] = c.M2.ClassProbabilities
	}
	if m.Supervised != nil {
		all["supervised.hidden"], all["supervised.activation"] = c.Supervised.Hidden, c.Supervised.Activation
	}
	maps.Copy(all, spec.BaselineKeys(c))
	for key, value := range all {
		if list, ok := value.([]int); ok && len(list) == 0 {
			all[key] = []int{}
		}
		if list, ok := value.([]float64); ok && len(list) == 0 {
			delete(all, key)
		}
	}
	return all
}

// architectureKeys are those that a file may set.
var architectureKeys = []string{
	"model", "yardstick", "m1.hidden", "m1.latents", "m1.activation", "m1.output",
	"m2.hidden", "m2.classifier_hidden", "m2.latents", "m2.activation", "m2.class_prior", "m2.class_probabilities",
	"supervised.hidden", "supervised.activation", "knn.neighbours", "tsvm.kernel", "tsvm.features", "tsvm.gamma",
	"tsvm.cold", "cnn.filters", "cnn.kernel", "cnn.hidden",
}

// settingsOf are an architecture's keys as overrides of a configuration. Values of JSON are values of TOML.
func settingsOf(architecture string) ([]string, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(architecture), &all); err != nil {
		return nil, format.Errorf("want a JSON object as %q in its metadata: %w", format.Architecture, err)
	}
	var sets []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if !slices.Contains(architectureKeys, key) {
			return nil, format.Errorf("unknown key %q in %q of its metadata: it may be of a newer ssdgm",
				key, format.Architecture)
		}
		sets = append(sets, key+"="+string(all[key]))
	}
	return sets, nil
}

// configured is the configuration of a file: its text, if it has one, the architecture, which comes first, and what the
// caller overrides.
func configured(path, text, architecture string, sets []string) (*configs.Config, error) {
	own, err := settingsOf(architecture)
	if err != nil {
		return nil, format.Errorf("read %s: %w", path, err)
	}
	if text == "" {
		own = append(own, trainedAlready...)
	}
	if _, _, err := configs.Parse(path, []byte(text), own); err != nil {
		return nil, format.Errorf("read %s: %q of its metadata: %w", path, format.Architecture, err)
	}
	c, _, err := configs.Parse(path, []byte(text), slices.Concat(own, sets))
	return c, err
}

// stampMeaning writes down what the model computes, of what, and what its classes are called.
func (m *Model) stampMeaning(metadata map[string]string) {
	all := map[string]any{
		format.Architecture: m.architecture(), format.Input: m.Input,
		format.ClassNames: append([]string{}, m.ClassNames...),
	}
	if m.Temperature != nil {
		all[format.Temperature] = m.Temperature
	}
	if m.Usual != nil {
		all[format.Usual] = m.Usual
	}
	for key, value := range all {
		text, err := json.Marshal(value)
		if err != nil {
			panic("trained: " + err.Error()) // Words, numbers and lists of them have a JSON.
		}
		metadata[key] = string(text)
	}
}

// ClassNames are what a file's metadata call the classes, in the order of the labels; none where they do not tell.
func ClassNames(f *safetensors.File) []string {
	var names []string
	if err := json.Unmarshal([]byte(f.Metadata[format.ClassNames]), &names); err != nil {
		return nil
	}
	return names
}

// readNames reads the classes' names, where a file has them.
func (m *Model) readNames(metadata map[string]string) error {
	if text, ok := metadata[format.ClassNames]; ok {
		var names []string
		if err := json.Unmarshal([]byte(text), &names); err != nil || len(names) != m.K {
			return format.Errorf("want a list of %d names as %q in its metadata, found %s", m.K, format.ClassNames, text)
		}
		m.ClassNames = names
	}
	return nil
}
