package main

import (
	"os"
	"os/exec"
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
		if changes := outOfSync(b, root); changes > 0 {
			b.Fatalf("%d files are out of sync", changes)
		}
	}
}

// BenchmarkGenerateRoots renders repositories of many root modules in this process.
func BenchmarkGenerateRoots(b *testing.B) {
	for _, size := range sizes() {
		b.Run(size.name, func(b *testing.B) {
			root := manyRoots(b, size.environments)
			var gen genCommand
			if _, err := gen.write(b.Context(), root); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if changes := outOfSync(b, root); changes > 0 {
					b.Fatalf("%d files are out of sync", changes)
				}
			}
		})
	}
}

func outOfSync(b *testing.B, root string) int {
	b.Helper()
	var gen genCommand
	changes, err := gen.changes(b.Context(), root)
	if err != nil {
		b.Fatal(err)
	}
	return len(changes)
}

// BenchmarkGenerateProcess is what somebody waits for who types sendform gen: the
// whole process, when every file is new and when none is.
func BenchmarkGenerateProcess(b *testing.B) {
	program := filepath.Join(b.TempDir(), "sendform")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, size := range sizes() {
		root := manyRoots(b, size.environments)
		run := func(b *testing.B) {
			b.Helper()
			cmd := exec.CommandContext(b.Context(), program, "--root", root, "gen")
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			b.ReportMetric(peakMemory(cmd.ProcessState), "peak-MB")
			b.ReportMetric(float64(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())/1e6, "cpu-ms")
		}
		b.Run("new/"+size.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				for _, folder := range []string{"modules", "out"} {
					if err := os.RemoveAll(filepath.Join(root, folder)); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
				run(b)
			}
		})
		b.Run("unchanged/"+size.name, func(b *testing.B) {
			for b.Loop() {
				run(b)
			}
		})
	}
}

// BenchmarkWriteFiles writes the same files and does nothing else: what any program
// that writes them takes at least.
func BenchmarkWriteFiles(b *testing.B) {
	for _, size := range sizes() {
		b.Run(size.name, func(b *testing.B) {
			root := manyRoots(b, size.environments)
			var gen genCommand
			if _, err := gen.write(b.Context(), root); err != nil {
				b.Fatal(err)
			}
			files := generated(b, root)
			to := b.TempDir()
			for b.Loop() {
				for name, text := range files {
					write(b, filepath.Join(to, name), text)
				}
				b.StopTimer()
				for _, folder := range []string{"modules", "out"} {
					if err := os.RemoveAll(filepath.Join(to, folder)); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
			}
		})
	}
}

type size struct {
	name         string
	environments int
}

// sizes are what is measured; each is ten times the one before it.
func sizes() []size {
	return []size{{"roots=100", 25}, {"roots=1000", 250}}
}
