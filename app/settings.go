package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"supercomputing/app/config"
)

const configLong = `Look at and change the settings file of a data directory. A running node reads
it when it starts; “contribute” changes a running node at once.`

func (p *program) configCommand() *cobra.Command {
	return group("config", "Look at and change settings", configLong, p.configShow(), p.configSet(), p.configPath())
}

func (p *program) configShow() *cobra.Command {
	return &cobra.Command{
		Use: "show [SETTING]", Short: "Show all settings, or one", Args: exactly("[SETTING]"),
		Example: "  supercomputing config show\n  supercomputing config show contribute.disk",
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := p.dir()
			if err != nil {
				return err
			}
			c, err := config.Load(dir)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return p.show(c, func() {
					var rows [][]any
					for _, s := range c.Settings() {
						rows = append(rows, []any{s.Key, s.Value})
					}
					p.table("SETTING|VALUE", rows, "")
				})
			}
			v, err := c.Get(args[0])
			if err != nil {
				return err
			}
			return p.show(map[string]string{args[0]: v}, func() { p.say("%s", v) })
		},
	}
}

func (p *program) configSet() *cobra.Command {
	return &cobra.Command{
		Use: "set SETTING VALUE", Short: "Change a setting", Args: exactly("SETTING", "VALUE"),
		Example: "  supercomputing config set network local\n  supercomputing config set contribute.disk 50GiB\n" +
			"  supercomputing config set seeds 203.0.113.5:7401,198.51.100.7:7401",
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := p.dir()
			if err != nil {
				return err
			}
			c, err := config.Load(dir)
			if err != nil {
				return err
			}
			if err := c.Set(args[0], args[1]); err != nil {
				return err
			}
			if err := c.Save(dir); err != nil {
				return err
			}
			v, err := c.Get(args[0])
			if err != nil {
				return err
			}
			return p.show(map[string]string{args[0]: v}, func() { p.say("%s is now %s. A running node takes it at its next start.", args[0], v) })
		},
	}
}

func (p *program) configPath() *cobra.Command {
	return &cobra.Command{
		Use: "path", Short: "Print the settings file's name", Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			dir, err := p.dir()
			if err != nil {
				return err
			}
			path := filepath.Join(dir, config.FileName)
			return p.show(map[string]string{"path": path}, func() { p.say("%s", path) })
		},
	}
}
