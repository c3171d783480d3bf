package logs

// A page of lines has so much text and so many lines at most, and is found among
// so much text.
const (
	pageBytes   = 1 << 20
	pageEvents  = 10000
	pageScanned = 8 << 20
)

// page gathers lines for one answer.
type page struct {
	limit   int
	filter  pattern
	events  []event
	bytes   int
	scanned int
	next    *place // the line that it ended before, nil for the end of the way
}

// add takes the next line. It tells whether there may be another.
func (p *page) add(e event) bool {
	matches := p.filter.matches(e.message)
	full := len(p.events) == p.limit || len(p.events) > 0 && p.bytes+len(e.message) > pageBytes
	if p.scanned > pageScanned || matches && full {
		p.next = &e.place
		return false
	}
	p.scanned += len(e.message)
	if matches {
		p.events, p.bytes = append(p.events, e), p.bytes+len(e.message)
	}
	return true
}

// pageLimit is how many lines an answer may have.
func pageLimit(given *int64) int {
	if given == nil {
		return pageEvents
	}
	return int(*given)
}
