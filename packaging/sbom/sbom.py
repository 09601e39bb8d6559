"""Prints the bill of materials of a release: SPDX 2.3 as JSON.

    python3 sbom.py --version VERSION --epoch SECONDS --speech FOLDER --release FOLDER

It names the files of the release, the libraries and models that they carry with their own files, the wheels that these
were taken from (as Scripts/setup-speech pins them), what is linked into the programs, and Debian's packages that they
need. The same release gives the same bytes.
"""
import argparse
import datetime
import glob
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

from carried import CARRIED, LINKED

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OURS = "SPDXRef-audio-service"


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY).stdout


def identifier(kind, name):
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def hashes(path):
    """SHA-1, which the format demands, and SHA-256."""
    sums = {"SHA1": hashlib.sha1(usedforsecurity=False), "SHA256": hashlib.sha256()}
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            for one in sums.values():
                one.update(block)
    return [{"algorithm": name, "checksumValue": one.hexdigest()} for name, one in sums.items()]


class Document:
    def __init__(self):
        self.packages, self.files, self.relationships = [], [], []

    def package(self, ident, name, license_name, copyright_text, version=None, purl=None, **more):
        if any(one["SPDXID"] == ident for one in self.packages):
            return ident
        package = {"SPDXID": ident, "name": name, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
                   "licenseConcluded": license_name, "licenseDeclared": license_name,
                   "copyrightText": copyright_text, **more}
        if version:
            package["versionInfo"] = version
        if purl:
            package["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                        "referenceLocator": purl}]
        self.packages.append(package)
        return ident

    def file(self, path, name, license_name="NOASSERTION"):
        ident = identifier("File", name)
        self.files.append({"SPDXID": ident, "fileName": f"./{name}", "checksums": hashes(path),
                           "licenseConcluded": license_name, "licenseInfoInFiles": ["NOASSERTION"],
                           "copyrightText": "NOASSERTION"})
        return ident

    def contain(self, ident, license_name, files):
        """Gives a package its files, by the paths where they are and where they are installed."""
        for path, name in files:
            self.relate(ident, "CONTAINS", self.file(path, name, license_name))
        first = sorted(one["checksums"][0]["checksumValue"] for one in self.files[-len(files):])
        package = next(one for one in self.packages if one["SPDXID"] == ident)
        package["filesAnalyzed"] = True
        package["packageVerificationCode"] = {
            "packageVerificationCodeValue": hashlib.sha1("".join(first).encode(), usedforsecurity=False).hexdigest()}
        package["licenseInfoFromFiles"] = ["NOASSERTION"]

    def relate(self, one, relationship, other):
        self.relationships.append({"spdxElementId": one, "relationshipType": relationship,
                                   "relatedSpdxElement": other})


def pins(architectures):
    """The wheels that Scripts/setup-speech takes: of each its name, version, SHA-256 and platform, once."""
    lines = []
    for architecture in architectures:
        lines += run("Scripts/setup-speech", "--pins", "--multilingual", "--arch", architecture).splitlines()
    for line in dict.fromkeys(lines):
        name, version, checksum, platform = re.fullmatch(
            r"(\S+)==(\S+) --hash=sha256:([0-9a-f]{64}) (\S+)", line).groups()
        yield name, version, checksum, platform


def add_wheels(document, architectures):
    """Returns the identifiers of the wheels by their names, and their versions."""
    found = {}
    for name, version, checksum, platform in pins(architectures):
        about = next(one for one in CARRIED if name in one.wheels)
        ident = document.package(
            identifier("Wheel", f"{name}-{version}-{platform}"), name, about.license, about.copyright, version,
            f"pkg:pypi/{name}@{version}", checksums=[{"algorithm": "SHA256", "checksumValue": checksum}],
            comment=f"wheel, platform {platform}")
        found.setdefault(name, []).append((ident, version))
    return found


def engines(release, speech, work):
    """The engine's folders in the archives of the release, each with what its files begin with here; where there is no
    archive, that of this machine."""
    found = []
    for archive in sorted(glob.glob(f"{release}/audio-service-speech-*.tar.gz")):
        folder = f"{work}/{len(found)}"
        os.mkdir(folder)
        run("tar", "-xzf", os.path.abspath(archive), "-C", folder, "--strip-components=1")
        architecture = re.search(r"(linux-\w+)\.tar", archive)
        found.append((f"{architecture.group(1)}/" if architecture else "", f"{folder}/lib/audio-service/speech"))
    return found or [("", speech)]


def add_carried(document, folders, wheels):
    for part in CARRIED:
        files = []
        for label, folder in folders:
            for path in sorted(path for pattern in part.files for path in glob.glob(f"{folder}/{pattern}")):
                files.append((path, f"{label}lib/audio-service/speech/{os.path.relpath(path, folder)}"))
        if not files:
            continue
        version = part.version_in(files[0][0]) or wheels[part.wheels[0]][0][1]
        ident = document.package(identifier("Part", part.name), part.name, part.license, part.copyright, version)
        document.relate(OURS, "CONTAINS", ident)
        for wheel in part.wheels:
            for origin, _ in wheels[wheel]:
                document.relate(ident, "GENERATED_FROM", origin)
        document.contain(ident, part.license, files)


def add_recording(document):
    license_name, made_by = "BSD-2-Clause", "1995-2014 Carnegie Mellon University; 2014-2015 Alpha Cephei Inc."
    ident = document.package(identifier("Part", "recording"), "pocketsphinx-testdata", license_name, made_by)
    document.relate(OURS, "CONTAINS", ident)
    document.contain(ident, license_name, [
        (f"{REPOSITORY}/Assets/speech.wav", "share/audio-service/speech.wav")])


def add_linked(document):
    for part in LINKED:
        version = part.version()
        if version:
            ident = document.package(identifier("Part", part.name), part.name, part.license, part.copyright, version)
            document.relate(OURS, "STATIC_LINK", ident)


def add_release(document, folder):
    needed = set()
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name == "SHA256SUMS" or name.endswith(".spdx.json") or not os.path.isfile(path):
            continue
        document.relate(document.file(path, name), "GENERATED_FROM", OURS)
        if name.endswith(".deb"):
            depends = run("dpkg-deb", "-f", os.path.abspath(path), "Depends")
            needed.update(re.split(r"[ (|,]", part.strip())[0] for part in depends.split(",") if part.strip())
    for name in sorted(one for one in needed if not one.startswith("audio-service")):
        ident = document.package(identifier("Debian", name), name, "NOASSERTION", "NOASSERTION", None,
                                 f"pkg:deb/debian/{name}", comment="of the system; not carried")
        document.relate(OURS, "DEPENDS_ON", ident)


def architectures(folder):
    """Those that the release has files for; this machine's if none names one."""
    names = " ".join(os.listdir(folder))
    known = {"x86_64": r"x86_64|_amd64|-oci\.tar", "aarch64": r"aarch64|_arm64|-oci\.tar"}
    return [name for name, pattern in known.items() if re.search(pattern, names)] or [os.uname().machine]


def main():
    parser = argparse.ArgumentParser()
    for name in ("version", "epoch", "speech", "release"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    document = Document()
    document.package(OURS, "audio-service", "Apache-2.0", "Audio Service contributors", options.version,
                     primaryPackagePurpose="APPLICATION")
    add_release(document, options.release)
    if options.speech != "off":
        with tempfile.TemporaryDirectory() as work:
            folders = engines(options.release, os.path.abspath(options.speech), work)
            add_carried(document, folders, add_wheels(document, architectures(options.release)))
    add_recording(document)
    add_linked(document)
    document.relate("SPDXRef-DOCUMENT", "DESCRIBES", OURS)
    content = {"packages": document.packages, "files": document.files, "relationships": document.relationships}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    created = datetime.datetime.fromtimestamp(int(options.epoch), datetime.timezone.utc)
    json.dump({
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"audio-service-{options.version}",
        "documentNamespace": f"https://audio-service.example/spdx/{options.version}/{digest}",
        "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "creators": ["Tool: packaging-sbom-sbom.py"]},
        **content}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
