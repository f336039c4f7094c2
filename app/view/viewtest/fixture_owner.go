package viewtest

import (
	"slices"
	"sync"
	"time"

	"supercomputing/app/view"
)

func settings() []view.Setting {
	s := func(key, value, usual string, restart bool) view.Setting {
		return view.Setting{Key: key, Value: value, Default: usual, Restart: restart}
	}
	return []view.Setting{
		s("network", "test", "test", true), s("listen.gossip", "0.0.0.0:7401", "0.0.0.0:7401", true), s("listen.api", "127.0.0.1:7402", "127.0.0.1:7402", true),
		s("listen.contact", "0.0.0.0:7403", "0.0.0.0:7403", true), s("listen.bittorrent", "0.0.0.0:7404", "0.0.0.0:7404", true), s("contact", "", "", true), s("seeds", "", "", true),
		s("outbound", "8", "8", true), s("produce", "true", "false", true), s("dht", "true", "true", true),
		s("contribute.enabled", "true", "false", false), s("contribute.dir", "", "", true), s("contribute.disk", "40 GiB", "10 GiB", false), s("contribute.upload", "4 MiB/s", "0", false),
		s("contribute.download", "0", "0", false), s("contribute.max_jobs", "4", "4", false), s("contribute.cores", "6", "0", false), s("contribute.memory", "8 GiB", "0", false), s("contribute.unsandboxed", "", "", true),
		s("publish.upload", "0", "0", false), s("engines.blender", "", "", true), s("engines.povray", "", "", true), s("engines.ffmpeg", "", "", true), s("messages.listen", "true", "false", true),
		s("log.level", "info", "info", true), s("log.format", "text", "text", true), s("log.file", "true", "true", true), s("log.size", "10 MiB", "10 MiB", true),
	}
}

func fillOwner(f *Fake) {
	var mu sync.Mutex
	now := settings() // guarded by mu
	f.must("Settings", now)
	reply(f, "ChangeSettings", func(changes []view.SettingChange) (any, error) {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range changes {
			i := slices.IndexFunc(now, func(s view.Setting) bool { return s.Key == c.Key })
			if i < 0 {
				return nil, view.Errorf(view.CodeInvalid, "there is no setting %q; nothing was changed", c.Key)
			}
			now[i].Value, now[i].Pending = c.Value, now[i].Restart
		}
		f.must("Settings", now)
		return slices.Clone(now), nil
	})
	lines := []view.LogEntry{}
	for i := range 120 {
		level, text := "info", []string{"block checked height=48213", "peer connected address=34.3.0.5:7401", "job lease handed out frame=18 tile=22", "score report sent nodes=4"}[i%4]
		if i%29 == 7 {
			level, text = "warn", "peer disconnected address=89.38.95.10:7401 reason=“no answer for 90 s”"
		}
		if i == 77 {
			level, text = "error", "tile refused job=lighthouse frame=11 reason=“the picture is wrong”"
		}
		lines = append(lines, view.LogEntry{Time: ago(time.Duration(120-i) * 13 * time.Second), Level: level, Text: text})
	}
	reply(f, "Log", func(q view.LogQuery) (any, error) {
		rank := map[string]int{"debug": 0, "info": 1, "warn": 2, "error": 3}
		out := []view.LogEntry{}
		for _, l := range lines {
			if rank[l.Level] >= rank[q.Level] {
				out = append(out, l)
			}
		}
		if q.Limit > 0 && len(out) > q.Limit {
			out = out[len(out)-q.Limit:]
		}
		return out, nil
	})
	dir := "/home/lena/.supercomputing/"
	f.must("Storage", view.Storage{Budget: 40 << 30, Free: 182_400_000_000, Total: 512_000_000_000, Parts: []view.StoragePart{
		{Name: view.StorageChain, Bytes: 4_812_000_000, Path: dir + "chain"}, {Name: view.StorageWork, Bytes: 11_204_000_000, Path: dir + "work"}, {Name: view.StorageJobs, Bytes: 3_204_000_000, Path: dir + "jobs"},
		{Name: view.StorageWallet, Bytes: 18_400_000, Path: dir + "wallet"}, {Name: view.StorageLogs, Bytes: 9_100_000, Path: dir + "node.log"}, {Name: view.StorageOther, Bytes: 1_200_000, Path: dir}}})
}
