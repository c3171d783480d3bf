package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	width      = 90 // columns
	labelWidth = 18
	tookWidth  = 8
)

// screen prints what happens: a label, what it is about, and how long it took,
// in three columns.
type screen struct {
	w      io.Writer
	colour bool
}

func newScreen(f *os.File) *screen {
	info, err := f.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &screen{w: f, colour: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// Styles of terminals.
const (
	bold  = "1"
	dim   = "2"
	green = "32"
)

func (s *screen) styled(style, text string) string {
	if !s.colour {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// text prints a line that stands by itself.
func (s *screen) text(text string) { fmt.Fprintln(s.w, text) }

// title begins a part.
func (s *screen) title(text string) { fmt.Fprintf(s.w, "\n%s\n", s.styled(bold, text)) }

// line tells of one thing done.
func (s *screen) line(label, text string, took time.Duration) { s.row("  ", label, text, took) }

// step tells of one thing within another.
func (s *screen) step(label, text string, took time.Duration) { s.row("    ", label, text, took) }

// promise tells of a promise that was tried and held.
func (s *screen) promise(label, text string) {
	fmt.Fprintln(s.w, "  "+s.styled(green, pad(label, labelWidth))+text)
}

// note adds to the line before, in as many lines as it takes.
func (s *screen) note(text string) {
	const room = width - labelWidth - 2
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line+" "+word) > room {
			s.noteLine(line)
			line = "  " + word
			continue
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	s.noteLine(line)
}

func (s *screen) noteLine(text string) {
	fmt.Fprintln(s.w, strings.Repeat(" ", labelWidth+2)+s.styled(dim, text))
}

// done ends the demonstration well.
func (s *screen) done(text string, took time.Duration) {
	fmt.Fprintf(s.w, "\n%s%s\n", s.styled(bold, pad(text, width-tookWidth)), s.took(took))
}

func (s *screen) row(indent, label, text string, took time.Duration) {
	text = indent + pad(label, labelWidth+2-len(indent)) + text
	fmt.Fprintln(s.w, pad(text, width-tookWidth)+s.took(took))
}

func (s *screen) took(d time.Duration) string {
	return s.styled(dim, fmt.Sprintf("%*s", tookWidth, readable(d)))
}

// readable gives a duration two or three figures.
func readable(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case ms < 9.95:
		return fmt.Sprintf("%.1f ms", ms)
	case ms < 999.5:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.2f s", ms/1000)
}

func pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(1, columns-utf8.RuneCountInString(text)))
}
