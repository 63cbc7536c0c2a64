package store_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"sendform/generator/localcloud/store"
)

type row struct{ N int }

func open(t *testing.T, file string) *store.Store {
	t.Helper()
	s, err := store.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestFailedUpdateLeavesNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "db"))
	table := store.NewTable[row]("rows")
	failure := errors.New("no")
	err := s.Update(func(tx store.Tx) error {
		if err := table.Put(tx, "a", row{1}); err != nil {
			return err
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	err = s.View(func(tx store.Tx) error {
		if r, found, err := table.Get(tx, "a"); err != nil || found {
			t.Errorf("got %+v, %v", r, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestScan(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "db"))
	table := store.NewTable[row]("rows")
	err := s.Update(func(tx store.Tx) error {
		for i, key := range []string{store.Key("b", "2"), store.Key("a", "1"), store.Key("b", "1"), store.Key("b", "3"), store.Key("bb", "1")} {
			if err := table.Put(tx, key, row{i}); err != nil {
				return err
			}
		}
		return table.Delete(tx, store.Key("b", "2"))
	})
	if err != nil {
		t.Fatal(err)
	}
	scan := func(prefix, after string, limit int) (got []string) {
		err := s.View(func(tx store.Tx) error {
			return table.Scan(tx, prefix, after, func(key string, _ row) bool {
				got = append(got, key)
				return len(got) < limit
			})
		})
		if err != nil {
			t.Error(err)
		}
		return got
	}
	b := store.Key("b", "")
	if got, want := scan(b, "", 10), []string{store.Key("b", "1"), store.Key("b", "3")}; !slices.Equal(got, want) {
		t.Errorf("by prefix: %q", got)
	}
	if got, want := scan(b, store.Key("b", "1"), 10), []string{store.Key("b", "3")}; !slices.Equal(got, want) {
		t.Errorf("after a key: %q", got)
	}
	if got := scan("", "", 2); len(got) != 2 {
		t.Errorf("stopped after two: %q", got)
	}
	if got := scan("c", "", 10); got != nil {
		t.Errorf("nothing: %q", got)
	}
}

func TestRowsOutliveTheStore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "db")
	table := store.NewTable[row]("rows")
	first, err := store.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Update(func(tx store.Tx) error { return table.Put(tx, "a", row{7}) }); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(file); !errors.Is(err, store.ErrInUse) {
		t.Errorf("a second store on one file: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	err = open(t, file).View(func(tx store.Tx) error {
		r, found, err := table.Get(tx, "a")
		if !found || r.N != 7 {
			t.Errorf("got %+v, %t", r, found)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
