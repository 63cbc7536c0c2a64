package cloudfront

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"sendform/generator/localcloud/store"
)

// stored is a policy or an origin access control.
type stored[C any] struct {
	ID, ETag string
	Modified time.Time
	Config   C
}

// collection is what CloudFront keeps of one sort and answers for in the same way:
// policies and origin access controls.
type collection[C any] struct {
	table   store.Table[stored[C]]
	path    string // of its calls and in ARNs, for example cache-policy
	element string // in documents, calls and error codes, for example CachePolicy
	plural  string // in the call that lists them, and in error codes
	limit   int    // how many an account may have
	managed []stored[C]
	newID   func() string
	name    func(C) string
	fill    func(C) C // sets what was left out; nil: nothing
	check   func(C) error
	// uses lists those that a distribution uses; unknown is the error of one that is
	// not there.
	uses    func(distributionConfig) []string
	unknown error
	// summary is what one is in a list.
	summary func(collection[C], stored[C]) any
	// policies tells policies from origin access controls: their documents have the
	// time of the last change, their lists tell less of the page, and they are changed
	// at a path that does not end in /config.
	policies bool
}

// document is one of them as it is answered.
func (c collection[C]) document(p stored[C]) any {
	type fields struct {
		Id               string
		LastModifiedTime string `xml:",omitempty"`
		Config           element
	}
	d := fields{Id: p.ID, Config: element{c.element + "Config", p.Config}}
	if c.policies {
		d.LastModifiedTime = timestamp(p.Modified)
	}
	return d
}

func (c collection[C]) call(s *Service, r request) (operation, bool) {
	id, sub := "", ""
	switch len(r.path) {
	case 1:
	case 2:
		id = r.path[1]
	case 3:
		id, sub = r.path[1], r.path[2]
	default:
		return operation{}, false
	}
	on := arn(r.Account(), c.path, id)
	changePath := "config"
	if c.policies {
		changePath = ""
	}
	switch {
	case id == "" && r.Method == http.MethodPost:
		return operation{name: "Create" + c.element, resource: arn(r.Account(), c.path, "*"), do: c.create}, true
	case id == "" && r.Method == http.MethodGet:
		return operation{name: "List" + c.plural, resource: "*", reads: true, do: c.all}, true
	case sub == "" && r.Method == http.MethodGet:
		return operation{name: "Get" + c.element, resource: on, reads: true, do: c.get}, true
	case sub == "config" && r.Method == http.MethodGet:
		return operation{name: "Get" + c.element + "Config", resource: on, reads: true, do: c.getConfig}, true
	case sub == changePath && r.Method == http.MethodPut:
		return operation{name: "Update" + c.element, resource: on, do: c.update}, true
	case sub == "" && r.Method == http.MethodDelete:
		return operation{name: "Delete" + c.element, resource: on, do: c.remove(s)}, true
	default:
		return operation{}, false
	}
}

// find finds one of an account, or a managed one.
func (c collection[C]) find(tx store.Tx, account, id string) (stored[C], bool, error) {
	for _, p := range c.managed {
		if p.ID == id {
			return p, true, nil
		}
	}
	return c.table.Get(tx, store.Key(account, id))
}

func (c collection[C]) must(tx store.Tx, r request) (stored[C], error) {
	p, found, err := c.find(tx, r.Account(), r.path[1])
	if err == nil && !found {
		err = noSuch(c.element, c.spoken())
	}
	return p, err
}

func (c collection[C]) isManaged(id string) bool {
	return slices.ContainsFunc(c.managed, func(m stored[C]) bool { return m.ID == id })
}

func noSuch(element, spoken string) error {
	return notFound("NoSuch"+element, "The specified %s does not exist.", spoken)
}

// spoken is what messages call it: cache policy.
func (c collection[C]) spoken() string { return strings.ReplaceAll(c.path, "-", " ") }

func (c collection[C]) create(tx store.Tx, r request) (answer, error) {
	p := stored[C]{ID: c.newID(), ETag: newID()}
	own := 0
	err := c.table.Scan(tx, store.Key(r.Account(), ""), "", func(string, stored[C]) bool { own++; return true })
	if err != nil {
		return answer{}, err
	}
	if err := c.put(tx, r, &p); err != nil {
		return answer{}, err
	}
	if own >= c.limit {
		return answer{}, refused("TooMany"+c.plural, "An account has at most %d.", c.limit)
	}
	return answer{status: http.StatusCreated, etag: p.ETag, location: c.path + "/" + p.ID, root: c.element, document: c.document(p)}, nil
}

// put reads the configuration of a request into p, checks it and stores it.
func (c collection[C]) put(tx store.Tx, r request, p *stored[C]) error {
	var config C
	if err := decode(r, c.element+"Config", &config); err != nil {
		return err
	}
	if c.fill != nil {
		config = c.fill(config)
	}
	if err := c.check(config); err != nil {
		return err
	}
	taken := false
	err := c.each(tx, r.Account(), func(other stored[C]) {
		taken = taken || other.ID != p.ID && c.name(other.Config) == c.name(config)
	})
	if err != nil {
		return err
	}
	if taken {
		return conflict(c.element+"AlreadyExists", "A %s with the name %s already exists.", c.spoken(), c.name(config))
	}
	p.Config, p.Modified = config, r.now
	return c.table.Put(tx, store.Key(r.Account(), p.ID), *p)
}

// each visits the managed ones and those of an account.
func (c collection[C]) each(tx store.Tx, account string, visit func(stored[C])) error {
	for _, p := range c.managed {
		visit(p)
	}
	return c.table.Scan(tx, store.Key(account, ""), "", func(_ string, p stored[C]) bool {
		visit(p)
		return true
	})
}

func (c collection[C]) get(tx store.Tx, r request) (answer, error) {
	p, err := c.must(tx, r)
	return answer{etag: p.ETag, root: c.element, document: c.document(p)}, err
}

func (c collection[C]) getConfig(tx store.Tx, r request) (answer, error) {
	p, err := c.must(tx, r)
	return answer{etag: p.ETag, root: c.element + "Config", document: p.Config}, err
}

func (c collection[C]) update(tx store.Tx, r request) (answer, error) {
	p, err := c.must(tx, r)
	if err != nil {
		return answer{}, err
	}
	if c.isManaged(p.ID) {
		return answer{}, refused("IllegalUpdate", "The %s is managed by AWS and cannot be changed.", c.spoken())
	}
	if err := checkMatch(r, p.ETag); err != nil {
		return answer{}, err
	}
	p.ETag = newID()
	if err := c.put(tx, r, &p); err != nil {
		return answer{}, err
	}
	return answer{etag: p.ETag, root: c.element, document: c.document(p)}, nil
}

func (c collection[C]) remove(s *Service) handler {
	return func(tx store.Tx, r request) (answer, error) {
		p, err := c.must(tx, r)
		if err != nil {
			return answer{}, err
		}
		if c.isManaged(p.ID) {
			return answer{}, conflict("IllegalDelete", "The %s is managed by AWS and cannot be deleted.", c.spoken())
		}
		if err := checkMatch(r, p.ETag); err != nil {
			return answer{}, err
		}
		used := false
		err = s.eachDistribution(tx, r.Account(), func(d distribution) {
			used = used || slices.Contains(c.uses(d.Config), p.ID)
		})
		if err != nil {
			return answer{}, err
		}
		if used {
			return answer{}, conflict(c.element+"InUse", "The %s is attached to one or more distributions.", c.spoken())
		}
		return answer{status: http.StatusNoContent}, c.table.Delete(tx, store.Key(r.Account(), p.ID))
	}
}

// maxSharing is how many distributions may use one policy or origin access control
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html).
const maxSharing = 100

// checkUses sees that what a distribution uses is there, and that not too many others
// use it.
func (c collection[C]) checkUses(tx store.Tx, s *Service, d distribution) error {
	for _, id := range c.uses(d.Config) {
		_, found, err := c.find(tx, d.Account, id)
		if err != nil {
			return err
		}
		if !found {
			return c.unknown
		}
		others := 0
		err = s.eachDistribution(tx, d.Account, func(other distribution) {
			if other.ID != d.ID && slices.Contains(c.uses(other.Config), id) {
				others++
			}
		})
		if err != nil {
			return err
		}
		if others >= maxSharing && !c.isManaged(id) {
			return refused("TooManyDistributionsAssociatedTo"+c.element, "At most %d distributions may use the same %s.", maxSharing, c.spoken())
		}
	}
	return nil
}

const (
	managedType = "managed"
	customType  = "custom"
)

// all lists them: by ?Type=managed or custom, or both.
func (c collection[C]) all(tx store.Tx, r request) (answer, error) {
	wanted := r.URL.Query().Get("Type")
	if wanted != "" {
		if err := oneOf("Type", wanted, managedType, customType); err != nil {
			return answer{}, err
		}
	}
	var found []stored[C]
	err := c.each(tx, r.Account(), func(p stored[C]) {
		if wanted == "" || wanted == c.typeOf(p) {
			found = append(found, p)
		}
	})
	if err != nil {
		return answer{}, err
	}
	found, p, err := pageOf(r, found, func(p stored[C]) string { return p.ID })
	if err != nil {
		return answer{}, err
	}
	for _, one := range found {
		p.Items = append(p.Items, element{c.element + "Summary", c.summary(c, one)})
	}
	if c.policies {
		p = p.plain()
	}
	return answer{root: c.element + "List", document: p}, nil
}

func (c collection[C]) typeOf(p stored[C]) string {
	if c.isManaged(p.ID) {
		return managedType
	}
	return customType
}
