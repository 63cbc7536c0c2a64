package cloudfront

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"

	"sendform/generator/localcloud/store"
)

// distribution is a row of the table of distributions.
type distribution struct {
	ID, Account, DomainName, ETag string
	Modified                      time.Time
	Tags                          map[string]string
	Config                        distributionConfig
}

func (d distribution) arn() string { return arn(d.Account, "distribution", d.ID) }

func (d distribution) key() string { return store.Key(d.Account, d.ID) }

// status is Deployed when the last change has reached the edge.
func (s *Service) status(d distribution, now time.Time) string {
	if now.Sub(d.Modified) < s.config.DeployTime {
		return "InProgress"
	}
	return "Deployed"
}

// distributionDocument is a distribution as it is answered.
type distributionDocument struct {
	Id                            string
	ARN                           string
	Status                        string
	LastModifiedTime              string
	InProgressInvalidationBatches int
	DomainName                    string
	ActiveTrustedSigners          activeSigners
	ActiveTrustedKeyGroups        activeSigners
	DistributionConfig            distributionConfig
}

type activeSigners struct {
	Enabled  bool
	Quantity int
}

func document(d distribution, status string) distributionDocument {
	return distributionDocument{
		Id: d.ID, ARN: d.arn(), Status: status, LastModifiedTime: timestamp(d.Modified),
		DomainName: d.DomainName, DistributionConfig: d.Config,
	}
}

// distributionSummary is a distribution in a list.
type distributionSummary struct {
	Id, ARN, ETag, Status, LastModifiedTime, DomainName string

	Aliases              *aliases
	Origins              origins
	OriginGroups         *originGroups
	DefaultCacheBehavior behaviour
	CacheBehaviors       *behaviours
	CustomErrorResponses *errorResponses
	Comment              string
	PriceClass           string
	Enabled              bool
	ViewerCertificate    *viewerCertificate
	Restrictions         *restrictions
	WebACLId             string
	HttpVersion          string
	IsIPV6Enabled        *bool
	Staging              bool
}

func (s *Service) summary(d distribution, now time.Time) distributionSummary {
	c := d.Config
	return distributionSummary{
		Id: d.ID, ARN: d.arn(), ETag: d.ETag, Status: s.status(d, now), LastModifiedTime: timestamp(d.Modified), DomainName: d.DomainName,
		Aliases: c.Aliases, Origins: c.Origins, OriginGroups: c.OriginGroups,
		DefaultCacheBehavior: c.DefaultCacheBehavior, CacheBehaviors: c.CacheBehaviors, CustomErrorResponses: c.CustomErrorResponses,
		Comment: c.Comment, PriceClass: c.PriceClass, Enabled: c.Enabled, ViewerCertificate: c.ViewerCertificate,
		Restrictions: c.Restrictions, WebACLId: c.WebACLId, HttpVersion: c.HttpVersion, IsIPV6Enabled: c.IsIPV6Enabled, Staging: c.Staging,
	}
}

func (s *Service) distributionCall(r request) (operation, bool) {
	all := arn(r.Account(), "distribution", "*")
	if len(r.path) == 1 {
		_, tagged := r.URL.Query()["WithTags"]
		switch {
		case r.Method == http.MethodPost && tagged:
			var in withTags
			_ = decode(r, "DistributionConfigWithTags", &in) // the call itself fails, once it is allowed
			return operation{
				name: "CreateDistributionWithTags", actions: []string{"CreateDistribution", "TagResource"}, resource: all,
				context: in.Tags.conditionKeys(), do: s.createTagged,
			}, true
		case r.Method == http.MethodPost:
			return operation{name: "CreateDistribution", resource: all, do: s.create}, true
		case r.Method == http.MethodGet:
			return operation{name: "ListDistributions", resource: "*", reads: true, do: s.listAll}, true
		}
		return operation{}, false
	}
	on := arn(r.Account(), "distribution", r.path[1])
	if len(r.path) == 2 {
		switch r.Method {
		case http.MethodGet:
			return operation{name: "GetDistribution", resource: on, reads: true, do: s.get}, true
		case http.MethodDelete:
			return operation{name: "DeleteDistribution", resource: on, do: s.remove}, true
		}
		return operation{}, false
	}
	if r.path[2] == "invalidation" {
		return s.invalidationCall(r, on)
	}
	if len(r.path) == 3 && r.path[2] == "config" {
		switch r.Method {
		case http.MethodGet:
			return operation{name: "GetDistributionConfig", resource: on, reads: true, do: s.getConfig}, true
		case http.MethodPut:
			return operation{name: "UpdateDistribution", resource: on, do: s.update}, true
		}
	}
	return operation{}, false
}

// distribution finds the one that a path names.
func (s *Service) distribution(tx store.Tx, r request) (distribution, error) {
	d, found, err := s.distributions.Get(tx, store.Key(r.Account(), r.path[1]))
	if err == nil && !found {
		err = notFound("NoSuchDistribution", "The specified distribution does not exist.")
	}
	return d, err
}

// eachDistribution visits the distributions of an account.
func (s *Service) eachDistribution(tx store.Tx, account string, visit func(distribution)) error {
	return s.distributions.Scan(tx, store.Key(account, ""), "", func(_ string, d distribution) bool {
		visit(d)
		return true
	})
}

func (s *Service) create(tx store.Tx, r request) (answer, error) {
	var config distributionConfig
	if err := decode(r, "DistributionConfig", &config); err != nil {
		return answer{}, err
	}
	return s.add(tx, r, config, nil)
}

func (s *Service) createTagged(tx store.Tx, r request) (answer, error) {
	var tagged withTags
	if err := decode(r, "DistributionConfigWithTags", &tagged); err != nil {
		return answer{}, err
	}
	tags, err := tagged.Tags.check()
	if err != nil {
		return answer{}, err
	}
	return s.add(tx, r, tagged.DistributionConfig, tags)
}

func (s *Service) add(tx store.Tx, r request, config distributionConfig, tags map[string]string) (answer, error) {
	d := distribution{ID: newID(), Account: r.Account(), DomainName: newDomain(), ETag: newID(), Modified: r.now, Tags: tags, Config: config}
	if config.CallerReference == "" {
		return answer{}, invalid("The parameter CallerReference is required.")
	}
	others, same := 0, ""
	err := s.eachDistribution(tx, r.Account(), func(other distribution) {
		others++
		if other.Config.CallerReference == config.CallerReference {
			same = other.ID
		}
	})
	switch {
	case err != nil:
		return answer{}, err
	case same != "":
		return answer{}, conflict("DistributionAlreadyExists",
			"The caller reference that you are using to create a distribution is associated with another distribution. Already exists: %s", same)
	case others >= s.config.MaxDistributions:
		return answer{}, refused("TooManyDistributions", "An account has at most %d distributions.", s.config.MaxDistributions)
	}
	if err := s.put(tx, &d); err != nil {
		return answer{}, err
	}
	return answer{
		status: http.StatusCreated, etag: d.ETag, location: "distribution/" + d.ID,
		root: "Distribution", document: document(d, "InProgress"),
	}, nil
}

// put checks and stores a distribution.
func (s *Service) put(tx store.Tx, d *distribution) error {
	d.Config.fill()
	if err := s.check(tx, *d); err != nil {
		return err
	}
	return s.distributions.Put(tx, d.key(), *d)
}

func (s *Service) get(tx store.Tx, r request) (answer, error) {
	d, err := s.distribution(tx, r)
	return answer{etag: d.ETag, root: "Distribution", document: document(d, s.status(d, r.now))}, err
}

func (s *Service) getConfig(tx store.Tx, r request) (answer, error) {
	d, err := s.distribution(tx, r)
	return answer{etag: d.ETag, root: "DistributionConfig", document: d.Config}, err
}

func (s *Service) update(tx store.Tx, r request) (answer, error) {
	d, err := s.distribution(tx, r)
	if err != nil {
		return answer{}, err
	}
	if err := checkMatch(r, d.ETag); err != nil {
		return answer{}, err
	}
	var config distributionConfig
	if err := decode(r, "DistributionConfig", &config); err != nil {
		return answer{}, err
	}
	if config.CallerReference != d.Config.CallerReference {
		return answer{}, refused("IllegalUpdate", "The caller reference of a distribution cannot be changed.")
	}
	d.Config, d.ETag, d.Modified = config, newID(), r.now
	if err := s.put(tx, &d); err != nil {
		return answer{}, err
	}
	return answer{etag: d.ETag, root: "Distribution", document: document(d, "InProgress")}, nil
}

func (s *Service) remove(tx store.Tx, r request) (answer, error) {
	d, err := s.distribution(tx, r)
	if err != nil {
		return answer{}, err
	}
	if err := checkMatch(r, d.ETag); err != nil {
		return answer{}, err
	}
	// It must be off at the edge, not only in its configuration.
	if d.Config.Enabled || s.status(d, r.now) != "Deployed" {
		return answer{}, conflict("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.")
	}
	if err := s.removeInvalidations(tx, d); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusNoContent, then: func() { s.config.Invalidate(d.ID, []string{"/*"}) }}, s.distributions.Delete(tx, d.key())
}

func (s *Service) listAll(tx store.Tx, r request) (answer, error) {
	return s.listWhere(tx, r, func(distribution) bool { return true })
}

func (s *Service) listWhere(tx store.Tx, r request, wanted func(distribution) bool) (answer, error) {
	var found []distribution
	err := s.eachDistribution(tx, r.Account(), func(d distribution) {
		if wanted(d) {
			found = append(found, d)
		}
	})
	if err != nil {
		return answer{}, err
	}
	found, p, err := pageOf(r, found, func(d distribution) string { return d.ID })
	if err != nil {
		return answer{}, err
	}
	for _, d := range found {
		p.Items = append(p.Items, element{"DistributionSummary", s.summary(d, r.now)})
	}
	return answer{root: "DistributionList", document: p}, nil
}

// listByCall finds the calls that list the ids of the distributions that use a
// policy.
func (s *Service) listByCall(r request) (operation, bool) {
	if len(r.path) != 2 || r.Method != http.MethodGet {
		return operation{}, false
	}
	uses := map[string]func(distributionConfig) []string{
		"distributionsByCachePolicyId":           s.cache.uses,
		"distributionsByOriginRequestPolicyId":   s.originRequest.uses,
		"distributionsByResponseHeadersPolicyId": s.responses.uses,
	}[r.path[0]]
	if uses == nil {
		return operation{}, false
	}
	name := strings.Replace(r.path[0], "distributions", "ListDistributions", 1)
	return operation{name: name, resource: "*", reads: true, do: func(tx store.Tx, r request) (answer, error) {
		var found []string
		err := s.eachDistribution(tx, r.Account(), func(d distribution) {
			if slices.Contains(uses(d.Config), r.path[1]) {
				found = append(found, d.ID)
			}
		})
		if err != nil {
			return answer{}, err
		}
		found, p, err := pageOf(r, found, func(id string) string { return id })
		if err != nil {
			return answer{}, err
		}
		for _, id := range found {
			p.Items = append(p.Items, element{"DistributionId", id})
		}
		return answer{root: "DistributionIdList", document: p}, nil
	}}, true
}

const domainLetters = "abcdefghijklmnopqrstuvwxyz0123456789"

// newDomain makes the name of a distribution: d111111abcdef8.cloudfront.net.
func newDomain() string {
	random := make([]byte, 13)
	_, _ = rand.Read(random) // it never fails
	for i, b := range random {
		random[i] = domainLetters[int(b)%len(domainLetters)]
	}
	return "d" + string(random) + ".cloudfront.net"
}
