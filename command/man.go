package command

import (
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// manCommand is the command man, which the build of a release runs.
type manCommand struct{}

// Run prints the manual page in the language of man(7): all commands and flags with the texts of --help.
func (manCommand) Run(context *kong.Context, streams Streams) error {
	page := manPage{}
	page.write(context.Model.Node)
	_, err := io.WriteString(streams.Out, page.String())
	return err
}

// A manPage is the text of the page as far as it is written.
type manPage struct{ strings.Builder }

// request writes a request of roff, such as "SH", with its arguments.
func (p *manPage) request(name string, arguments ...string) {
	p.WriteString("." + name)
	for _, argument := range arguments {
		p.WriteString(` "` + roff.Replace(argument) + `"`)
	}
	p.WriteString("\n")
}

// text writes a text in lines of at most 80 bytes, unless a single word is longer.
func (p *manPage) text(text string) {
	line := ""
	for word := range strings.FieldsSeq(roff.Replace(text)) {
		if line != "" && len(line)+1+len(word) > 80 {
			p.WriteString(line + "\n")
			line = ""
		}
		switch {
		case line != "":
			line += " " + word
		case strings.HasPrefix(word, ".") || strings.HasPrefix(word, "'"): // would be a request
			line = `\&` + word
		default:
			line = word
		}
	}
	p.WriteString(line + "\n")
}

// roff escapes what roff would not print as it is.
var roff = strings.NewReplacer(`\`, `\e`, `-`, `\-`, `"`, `\(dq`)

func (p *manPage) write(root *kong.Node) {
	build := BuildVersion()
	date, _, _ := strings.Cut(build.CommitDate, "T")
	p.WriteString(`.TH DECNET\-GRAPH 1 "` + date + `" "decnet-graph ` + build.Version + `" "User Commands"` + "\n")
	p.request("SH", "NAME")
	p.text("decnet-graph - GraphQL over the database of a DECNET deception network")
	p.request("SH", "SYNOPSIS")
	p.request("B", "decnet-graph")
	p.request("I", "COMMAND")
	p.text("[FLAGS]")
	p.request("SH", "DESCRIPTION")
	for i, paragraph := range strings.Split(root.Help, "\n\n") {
		if i > 0 {
			p.request("PP")
		}
		p.text(paragraph)
	}
	p.request("PP")
	p.text("A flag takes its value from the command line, or else from the environment variable that is named with it.")
	p.request("SH", "COMMANDS")
	p.commands(root)
	p.request("SH", "FLAGS OF ALL COMMANDS")
	p.flags(root)
	p.request("SH", "EXIT STATUS")
	for _, status := range [][2]string{
		{"0", "The command did what it was asked for."},
		{"1", "The command failed; the same command may succeed later."},
		{"2", "The command itself, the database or a permission must change first."},
	} {
		p.request("TP")
		p.request("B", status[0])
		p.text(status[1])
	}
	p.request("PP")
	p.text("Further codes stand with the commands that have them.")
}

// commands writes the commands below a node that are not hidden.
func (p *manPage) commands(node *kong.Node) {
	for _, child := range node.Leaves(true) {
		path := strings.TrimPrefix(child.Path(), "decnet-graph ")
		p.request("SS", path)
		p.text(child.Help)
		if child.Detail != "" {
			p.request("PP")
			p.text(child.Detail)
		}
		for _, argument := range child.Positional {
			p.request("TP")
			p.request("I", argument.Summary())
			p.text(argument.Help)
		}
		for at := child; at != node; at = at.Parent {
			p.flags(at)
		}
	}
}

// flags writes the flags of one node that are not hidden.
func (p *manPage) flags(node *kong.Node) {
	for _, flag := range node.Flags {
		if flag.Hidden {
			continue
		}
		p.request("TP")
		p.request("B", flag.String())
		p.text(flag.Help)
		if len(flag.Envs) > 0 {
			p.request("br")
			p.text("Environment: " + strings.Join(flag.Envs, ", "))
		}
	}
}
