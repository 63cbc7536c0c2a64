package edge

import (
	"container/list"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Sizes in bytes.
const (
	maxCache = 128 << 20 // of everything that a handler keeps
	maxEntry = 16 << 20  // of one object; a larger one goes through without being kept

	entryOverhead = 512 // of what an entry is made of, roughly
)

// entry is an answer of an origin as it is kept. It is never changed, only replaced.
type entry struct {
	key          string
	distribution string
	path         string // as an invalidation names it, with the query string that is in the key
	answer       answer // its body is complete
	stored       time.Time
	expires      time.Time
}

func (e entry) size() int {
	size := len(e.key) + len(e.path) + len(e.answer.body) + entryOverhead
	for name, values := range e.answer.header {
		size += len(name)
		for _, value := range values {
			size += len(value)
		}
	}
	return size
}

// cache keeps answers, and forgets those first that nobody asked for longest.
type cache struct {
	mu         sync.Mutex
	entries    map[string]*list.Element // of entry
	recent     list.List                // the most recently used first
	size       int
	generation uint64 // counts invalidations
}

// get finds an entry, expired or not. The generation belongs to put.
func (c *cache) get(key string) (found entry, ok bool, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.entries[key]
	if !ok {
		return entry{}, false, c.generation
	}
	c.recent.MoveToFront(element)
	return element.Value.(entry), true, c.generation
}

// put keeps an entry, unless something was invalidated since generation: what an
// origin answered before may be what should be forgotten.
func (c *cache) put(e entry, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return
	}
	c.drop(e.key)
	if len(e.answer.body) > maxEntry {
		return
	}
	if c.entries == nil {
		c.entries = map[string]*list.Element{}
	}
	c.entries[e.key] = c.recent.PushFront(e)
	c.size += e.size()
	for c.size > maxCache {
		c.drop(c.recent.Back().Value.(entry).key)
	}
}

func (c *cache) drop(key string) {
	element, ok := c.entries[key]
	if !ok {
		return
	}
	c.size -= c.recent.Remove(element).(entry).size()
	delete(c.entries, key)
}

// invalidate forgets what fits any of the paths.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
func (c *cache) invalidate(distribution string, paths []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	for element := c.recent.Front(); element != nil; {
		e := element.Value.(entry)
		element = element.Next()
		if e.distribution == distribution && fitsAny(e.path, paths) {
			c.drop(e.key)
		}
	}
}

func fitsAny(path string, invalidated []string) bool {
	for _, one := range invalidated {
		prefix, isPrefix := strings.CutSuffix(one, "*")
		if samePath(path, prefix, isPrefix) {
			return true
		}
		decodedPath, err := url.PathUnescape(path)
		decodedPrefix, err2 := url.PathUnescape(prefix)
		if err == nil && err2 == nil && samePath(decodedPath, decodedPrefix, isPrefix) {
			return true
		}
	}
	return false
}

func samePath(path, wanted string, isPrefix bool) bool {
	if isPrefix {
		return strings.HasPrefix(path, wanted)
	}
	return path == wanted
}

// serve is the answer to a viewer out of an entry.
func (e entry) serve(result string, now time.Time) answer {
	a := e.answer
	a.header = a.header.Clone()
	a.whole, a.aged, a.age = true, true, max(0, now.Sub(e.stored))
	if !a.failed {
		a.result = result
	}
	return a
}
