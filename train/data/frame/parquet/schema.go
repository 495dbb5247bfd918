package parquet

import (
	"github.com/parquet-go/parquet-go/format"

	"ssdgm/train/data/strict"
)

// node is a node of the tree of columns: a group of others, or a leaf, which has values.
type node struct {
	*format.SchemaElement
	children []*node
	index    int // of a leaf among all, as the groups of rows have them
	// The levels of a value that is there: of repetition, and of definition; and from which level of definition on a place
	// is inside of the innermost list.
	repetition, definition, inside int
}

func (n *node) leaf() bool { return n.Type.Valid }
func (n *node) repeated() bool {
	return n.RepetitionType.V == format.Repeated && n.RepetitionType.Valid
}

// physical is how the values of a leaf are stored.
func (n *node) physical() format.Type { return n.Type.V }

// child is the child of a name; nil where there is none.
func (n *node) child(name string) *node {
	for _, child := range n.children {
		if child.Name == name {
			return child
		}
	}
	return nil
}

// maxDepth is how deep columns are nested.
const maxDepth = 64

// tree makes the tree of columns of the schema, which lists its nodes depth first.
type tree struct {
	left   []format.SchemaElement
	leaves int
}

// root is the tree of a schema.
func root(schema []format.SchemaElement) (*node, error) {
	if len(schema) == 0 {
		return nil, strict.Errorf("the description has no columns")
	}
	schema[0].RepetitionType.Valid = false // It is not one of the table's columns.
	t := &tree{left: schema}
	top, err := t.next(&node{}, 0)
	if err == nil && (len(t.left) > 0 || top.leaf()) {
		err = strict.Errorf("the description has %d columns that are in no group", len(t.left)+1)
	}
	return top, err
}

// next takes the next node, and those below it.
func (t *tree) next(above *node, depth int) (*node, error) {
	if len(t.left) == 0 || depth > maxDepth {
		return nil, strict.Errorf("the description of the columns breaks off, or is nested more than %d deep", maxDepth)
	}
	n := &node{
		SchemaElement: &t.left[0], repetition: above.repetition, definition: above.definition, inside: above.inside,
	}
	t.left = t.left[1:]
	if n.RepetitionType.Valid && n.RepetitionType.V != format.Required {
		n.definition++
	}
	if n.repeated() {
		n.repetition++
		n.inside = n.definition
	}
	if n.leaf() {
		n.index = t.leaves
		t.leaves++
		if length := n.TypeLength.V; n.physical() == format.FixedLenByteArray && (length < 1 || length > maxFixed) {
			return nil, strict.Errorf("column %q claims values of %d bytes; wanted 1 to %d", n.Name, length, maxFixed)
		}
		return n, nil
	}
	for range n.NumChildren.V {
		child, err := t.next(n, depth+1)
		if err != nil {
			return nil, err
		}
		n.children = append(n.children, child)
	}
	return n, nil
}

// maxFixed is the most bytes of a value of a fixed size.
const maxFixed = 1 << 20
