"""What an SPDX 2.3 document in JSON has to be, checked by hand: the members that the specification asks for, and that what it
says of this tree is so. It shares nothing with what writes the document."""
import hashlib
import json
import re
import subprocess

ID = re.compile(r"\ASPDXRef-[A-Za-z0-9.-]+\Z")
RELATIONS = {"DESCRIBES", "CONTAINS", "DYNAMIC_LINK", "DEPENDS_ON", "BUILD_DEPENDENCY_OF"}
NEEDED = {
    "document": {"spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo", "packages", "relationships"},
    "package": {"SPDXID", "name", "downloadLocation", "filesAnalyzed"},
    "file": {"SPDXID", "fileName", "checksums"},
    "relationship": {"spdxElementId", "relationshipType", "relatedSpdxElement"},
}


def faults_of_shape(d):
    for kind, entries in (("document", [d]), ("package", d.get("packages", [])), ("file", d.get("files", [])),
                          ("relationship", d.get("relationships", []))):
        if not entries:
            yield f"no {kind}"
        for entry in entries:
            for member in NEEDED[kind] - entry.keys():
                yield f"{kind} {entry.get('SPDXID')} has no {member}"


def faults_of_head(d):
    if (d["spdxVersion"], d["dataLicense"], d["SPDXID"]) != ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"):
        yield "version, licence or id of the document"
    if not re.fullmatch(r"https?://[^#\s]+", d["documentNamespace"]):
        yield f"namespace {d['documentNamespace']}"
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", d["creationInfo"].get("created", "")):
        yield "moment of creation"
    if not all(re.match(r"(Tool|Person|Organization): ", c) for c in d["creationInfo"].get("creators") or ["none"]):
        yield "creators"


def faults_of_names(d):
    ids = [d["SPDXID"]] + [e["SPDXID"] for e in d["packages"] + d["files"]]
    yield from (f"id {i} stands twice" for i in sorted({i for i in ids if ids.count(i) > 1}))
    yield from (f"id {i}" for i in ids if not ID.match(i))
    for r in d["relationships"]:
        if r["relationshipType"] not in RELATIONS:
            yield f"relationship {r['relationshipType']}"
        yield from (f"a relationship names {r[e]}" for e in ("spdxElementId", "relatedSpdxElement") if r[e] not in ids)


def faults_of_files(d, root):
    for entry in d["files"]:
        with open(f"{root}/{entry['fileName']}", "rb") as f:
            data = f.read()
        sums = {c["algorithm"]: c["checksumValue"] for c in entry["checksums"]}
        if sums.get("SHA1") != hashlib.sha1(data).hexdigest() or sums.get("SHA256") != hashlib.sha256(data).hexdigest():
            yield f"{entry['fileName']} has other bytes"
    whole = d["packages"][0]
    excluded = whole["packageVerificationCode"]["packageVerificationCodeExcludedFiles"]
    sums = sorted(c["checksumValue"] for f in d["files"] if f["fileName"] not in excluded for c in f["checksums"] if c["algorithm"] == "SHA1")
    if whole["packageVerificationCode"]["packageVerificationCodeValue"] != hashlib.sha1("".join(sums).encode()).hexdigest():
        yield "the verification code is of other files"


def tell(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def faults_of_links(d, root, programs):
    """Each library that a program asks for has its package: one that owns a file of that name, in the version that is installed."""
    packages = {p["SPDXID"]: p for p in d["packages"]}
    for program in programs:
        own = next(f["SPDXID"] for f in d["files"] if f["fileName"] == f"./{program}")
        linked = [packages[r["relatedSpdxElement"]] for r in d["relationships"]
                  if r["spdxElementId"] == own and r["relationshipType"] == "DYNAMIC_LINK"]
        owned = {line.rsplit("/", 1)[-1] for p in linked for line in tell("dpkg-query", "-L", p["name"]).split("\n")}
        for soname in re.findall(r"\(NEEDED\).*\[(.*)\]", tell("readelf", "-dW", f"{root}/{program}")):
            if soname not in owned:
                yield f"{program} links {soname}, of which nothing is said"
    for p in d["packages"][1:]:
        if p.get("versionInfo") != tell("dpkg-query", "-W", "-f", "${Version}", p["name"]) or not p["externalRefs"][0]["referenceLocator"].startswith(
                f"pkg:deb/debian/{p['name']}@"):
            yield f"{p['name']} is installed in another version"


def faults(path, root, programs):
    with open(path, encoding="utf-8") as f:
        d = json.load(f)
    shape = list(faults_of_shape(d))
    if shape:
        return shape
    return [*faults_of_head(d), *faults_of_names(d), *faults_of_files(d, root), *faults_of_links(d, root, programs)]
