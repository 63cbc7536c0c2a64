package main

import (
	"path/filepath"
	"testing"
)

// BenchmarkGenerate renders all environments of this repository and compares them
// with what is committed, as gen --check does.
func BenchmarkGenerate(b *testing.B) {
	root, err := filepath.Abs("..")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var gen genCommand
		changes, err := gen.changes(root)
		if err != nil {
			b.Fatal(err)
		}
		if len(changes) > 0 {
			b.Fatalf("%d files are out of sync", len(changes))
		}
	}
}
