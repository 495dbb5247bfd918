// Package match finds the values that a model takes among the columns of an input: by their names in any order, or where
// one of the two has none by their number and order. A column of words becomes the values of its categories.
package match
