package strict

// Image tells the shape of the images that an array of n of them holds, and whether their channels come one after the
// other, as planes, and not side by side in every pixel. Where both can be meant it is the latter.
func Image(all []int) (height, width, channels int, planes bool, err error) {
	coloured := func(n int) bool { return n == 1 || n == 3 }
	switch {
	case len(all) == 3:
		return all[1], all[2], 1, false, nil
	case len(all) == 4 && coloured(all[3]):
		return all[1], all[2], all[3], false, nil
	case len(all) == 4 && coloured(all[1]):
		return all[2], all[3], all[1], true, nil
	}
	const wanted = "wanted images of shape n×d, n×height×width, n×height×width×channels or n×channels×height×width " +
		"with 1 or 3 channels, found %s"
	if len(all) == 4 && all[3] == 4 {
		return 0, 0, 0, false, Errorf(wanted+"; if the fourth is opacity, save x[..., :3]", Join(all))
	}
	return 0, 0, 0, false, Errorf(wanted, Join(all))
}
