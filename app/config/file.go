package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
)

// maxFile bounds a settings file, in bytes.
const maxFile = 1 << 20

// Load reads the settings of a data directory. Without a file it gives the
// defaults. An older file is migrated in memory; the next Save writes it back.
func Load(dir string) (Config, error) {
	path := filepath.Join(dir, FileName)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Default(), nil
	}
	if err != nil {
		return Config{}, fmt.Errorf("settings file: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return Config{}, fmt.Errorf("settings file: %w", err)
	}
	c, err := Parse(raw)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Parse reads a settings file's content, migrates it and validates it. Keys
// that are missing keep their defaults.
func Parse(raw []byte) (Config, error) {
	if len(raw) > maxFile {
		return Config{}, fmt.Errorf("%w: the file is larger than %d bytes", ErrConfig, maxFile)
	}
	doc, err := parseObject(raw)
	if err != nil {
		return Config{}, err
	}
	if err := migrate(doc, migrations, Version); err != nil {
		return Config{}, err
	}
	c := Default()
	if err := fill(doc, &c); err != nil {
		return Config{}, err
	}
	if err := c.Validate(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// Save replaces the settings file, whole or not at all: a power cut leaves the
// old file or the new one.
func (c *Config) Save(dir string) error {
	if err := c.Validate(); err != nil {
		return err
	}
	whole := *c
	fillLists(reflect.ValueOf(&whole).Elem())
	raw, err := json.MarshalIndent(&whole, "", "  ")
	if err != nil {
		return fmt.Errorf("settings file: %w", err)
	}
	if err := replace(filepath.Join(dir, FileName), append(raw, '\n')); err != nil {
		return fmt.Errorf("settings file: %w", err)
	}
	return nil
}

// fillLists makes lists that are nil empty ones: a file says [], never null,
// which it could not be read with.
func fillLists(v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); {
		case f.Kind() == reflect.Struct:
			fillLists(f)
		case f.Kind() == reflect.Slice && f.IsNil():
			f.Set(reflect.MakeSlice(f.Type(), 0, 0))
		}
	}
}

func replace(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = io.Copy(f, bytes.NewReader(content)); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
