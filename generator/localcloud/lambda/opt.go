package lambda

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// opt gives the folder that stands for /opt of a function with these layers, held
// until it is released. One layer is used as it is; several are merged in their
// order into a folder of hard links, so that a later layer's file hides an earlier
// one's. Without layers the folder's name is empty.
// https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html
func (p *packages) opt(layers []string) (dir string, release func(), err error) {
	for _, sum := range layers {
		p.hold(sum)
	}
	letGo := func() {
		for _, sum := range layers {
			p.release(sum)
		}
	}
	switch len(layers) {
	case 0:
		return "", letGo, nil
	case 1:
		return p.path(layers[0]), letGo, nil
	}
	sum := sha256.Sum256([]byte(strings.Join(layers, " ")))
	name := "opt-" + hex.EncodeToString(sum[:])
	dir = filepath.Join(p.dir, name)
	p.hold(name)
	release = func() {
		p.releaseMerged(name)
		letGo()
	}
	if err := p.merge(dir, layers); err != nil {
		release()
		return "", nil, fmt.Errorf("merge layers: %w", err)
	}
	return dir, release, nil
}

// releaseMerged removes a merged folder after its last use; openPackages removes
// what a cloud that was killed has left.
func (p *packages) releaseMerged(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held[name]--; p.held[name] > 0 {
		return
	}
	delete(p.held, name)
	if err := removeTree(filepath.Join(p.dir, name)); err != nil {
		p.logger.Error("remove merged layers", "error", err)
	}
}

// merge fills a folder of its own and puts it in place in one step.
func (p *packages) merge(dir string, layers []string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	fresh := "unpack-" + rand.Text()
	if err := root.Mkdir(fresh, 0o700); err != nil {
		return err
	}
	defer func() { _ = removeTree(filepath.Join(p.dir, fresh)) }() // openPackages removes what is left
	for _, sum := range layers {
		if err := p.link(root, p.path(sum), fresh); err != nil {
			return err
		}
	}
	err = os.Rename(filepath.Join(p.dir, fresh), dir)
	if errors.Is(err, fs.ErrExist) { // somebody else merged the same
		return nil
	}
	return err
}

// link adds a layer's files to a merged folder. What is in the way goes, unless
// both are folders; so a link of one layer never leads another one's files astray.
func (p *packages) link(root *os.Root, layer, into string) error {
	return filepath.WalkDir(layer, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(layer, path)
		if err != nil || inside == "." {
			return err
		}
		target := filepath.Join(into, inside)
		if there, err := root.Lstat(target); err == nil {
			if entry.IsDir() && there.IsDir() {
				return nil
			}
			if err := root.RemoveAll(target); err != nil {
				return err
			}
		}
		switch entry.Type() {
		case fs.ModeDir:
			return root.Mkdir(target, 0o755)
		case fs.ModeSymlink:
			points, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return root.Symlink(points, target)
		}
		return root.Link(filepath.Join(filepath.Base(layer), inside), target)
	})
}
