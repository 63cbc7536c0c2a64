//go:build !linux

package lifecycle

// terraformAlive is not known here, where terraform outlives a killed sendform: no lock
// is released before its id is named.
func terraformAlive(string, string) (bool, error) { return true, nil }
