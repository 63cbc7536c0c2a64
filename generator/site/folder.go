package site

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// File is what a site has at a path: content, and the headers that it is served with.
type File struct {
	SHA256       string `json:"sha256"`
	Size         int64  `json:"size"`
	ContentType  string `json:"content_type"`
	CacheControl string `json:"cache_control"`
}

// Files are a site's files by their paths, which have slashes and none at the beginning.
type Files map[string]File

func (f Files) paths() []string { return slices.Sorted(maps.Keys(f)) }

// Folder is a site as it is on this machine.
type Folder struct {
	dir   string
	files Files
}

// ReadFolder reads what there is to publish. It refuses what nobody means to publish,
// all of it in one error.
func ReadFolder(dir string) (Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Folder{}, fmt.Errorf("open the folder of the site: %w", err)
	}
	defer root.Close()
	f := Folder{dir: dir, files: Files{}}
	var refused []error
	err = fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		if problem := refusal(root, path, entry); problem != "" {
			refused = append(refused, fmt.Errorf("%s %s", path, problem))
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		f.files[path], err = read(root, path)
		return err
	})
	if err != nil {
		return Folder{}, fmt.Errorf("read the folder of the site %s: %w", dir, err)
	}
	if len(refused) > 0 {
		return Folder{}, fmt.Errorf("%s cannot be published, nothing was sent:\n%w", dir, errors.Join(refused...))
	}
	if len(f.files) == 0 {
		return Folder{}, fmt.Errorf("%s is empty: there is nothing to publish", dir)
	}
	return f, nil
}

// maxPath is what a release's name and its prefix leave of the 1024 bytes of a key.
const maxPath = 1024 - len(kept) - maxReleaseName - len("/")

// refusal says why something in a folder is not published; empty if it is.
func refusal(root *os.Root, path string, entry fs.DirEntry) string {
	if strings.HasPrefix(entry.Name(), ".") && path != ".well-known" { // https://www.rfc-editor.org/rfc/rfc8615
		return "is hidden: take it out of the folder"
	}
	if path+"/" == kept && entry.IsDir() {
		return "is where the releases are in the bucket: give the folder another name"
	}
	if !utf8.ValidString(path) || strings.ContainsFunc(path, unicode.IsControl) || strings.Contains(path, `\`) || len(path) > maxPath {
		return fmt.Sprintf("cannot be an address: use UTF-8 without control characters and backslashes, at most %d bytes", maxPath)
	}
	if entry.IsDir() || entry.Type().IsRegular() {
		return ""
	}
	if entry.Type()&fs.ModeSymlink == 0 {
		return "is no file"
	}
	info, err := root.Stat(path) // follows links that stay in the folder
	switch {
	case err != nil:
		return fmt.Sprintf("is a link that leads out of the folder or nowhere (%v)", err)
	case !info.Mode().IsRegular():
		return "is a link to something that is no file"
	}
	return ""
}

func read(root *os.Root, path string) (File, error) {
	file, err := root.Open(path)
	if err != nil {
		return File{}, err
	}
	defer file.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	if err != nil {
		return File{}, err
	}
	h := headersOf(path)
	return File{SHA256: hex.EncodeToString(hash.Sum(nil)), Size: size, ContentType: h.contentType, CacheControl: h.cacheControl}, nil
}

// Name is a name for a release of exactly these files: the same ones have the same.
func (f Folder) Name() string {
	hash := sha256.New()
	for _, path := range f.files.paths() {
		fmt.Fprintf(hash, "%q %+v\n", path, f.files[path])
	}
	return "content-" + hex.EncodeToString(hash.Sum(nil)[:6])
}
