package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendform/generator/providerschema"
)

func TestSchemasAreThoseOfTheStandIn(t *testing.T) {
	described, err := describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob("../" + providerschema.Folder + "/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range found {
		name, err := filepath.Rel("..", file)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.ToSlash(name))
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(described[names[len(names)-1]]), string(text)); diff != "" {
			t.Errorf("%s: run `go generate ./generator/providerschema` (-stand-in +file):\n%s", file, diff)
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(described)), names); diff != "" {
		t.Errorf("run `go generate ./generator/providerschema` (-stand-in +files):\n%s", diff)
	}
}
