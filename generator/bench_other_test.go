//go:build !linux

package main

import "os"

// peakMemory is not measured here: systems count it in different units.
func peakMemory(*os.ProcessState) float64 { return 0 }
