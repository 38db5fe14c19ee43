//! Messages after the sections of RFC 4475, written anew: the traits are the RFC's.

/// The messages, after the sections of the RFC. `{me}` is where the sender listens.
pub(super) const MESSAGES: &[(&str, &str)] = &[
    (
        "3.1.1.1 a short tortuous INVITE",
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\nTO :\n \
         sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\nfrom   : \"J Rosenberg \
         \\\\\\\"\"  \
         <sip:jdrosen@example.com>\n  ;\n  tag = 98asjd8\nMaX-fOrWaRdS: 0068\nCall-ID: \
         wsinv.ndaksdj@192.0.2.1\nContent-Length   : 0\ncseq: 0009\n  INVITE\nVia  : SIP  /   \
         2.0\n /UDP\n    {me};branch=390skdjuw\ns :\nNewFangledHeader:   newfangled value\n \
         continued newfangled value\nUnknownHeaderWithUnusualValue: ;;,,;;,;\nContact:\n \
         <sip:x@{me}>\n\n",
    ),
    (
        "3.1.1.2 a wide range of characters",
        "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/cra\
         zy?\
         ,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\nVia: SIP/2.0/UDP \
         {me};branch=z9hG4bK-.!%66*_+`'~\nTo: \"BEL:\\\\ NUL:\\\\ DEL:\\\\\" \
         <sip:1_unusual@example.com>\nFrom: token1~` token2'+_ <sip:mundane@example.com>\
         ;fromParam''~+*_!.-%=\"value\";tag=_token~1'+`*%!-.\nCall-ID: \
         intmeth.word%ZK-!.*_+'@word`~\
         )(><:\\\\/\"][?}{\nCSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\n\
         Max-Forwards: 255\nContent-Length: 0\n\n",
    ),
    (
        "3.1.1.3 escapes",
        "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0\nTo: sip:%75se%72@example.com\n\
         From: <sip:I%20have%20spaces@example.net>;tag=938\nMax-Forwards: 87\nCall-ID: esc01\n\
         CSeq: 234234 INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\nContact:\n \
         <sip:cal%6Cer@{me};%6C%72;n%61me=v%61lue%25%34%31>\nContent-Length: 0\n\n",
    ),
    (
        "3.1.1.4 escaped nulls",
        "REGISTER sip:example.com SIP/2.0\nTo: sip:null-%00-null@example.com\nFrom: \
         sip:null-%00-null@example.com;tag=839923423\nMax-Forwards: 70\nCall-ID: escnull.39203\n\
         CSeq: 14398234 REGISTER\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkd\nContact: \
         <sip:%00@{me}>\nL:0\n\n",
    ),
    (
        "3.1.1.9 semicolons in the user part",
        "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0\nTo: sip:j_user@example.com\n\
         From: sip:caller@example.org;tag=33242\nMax-Forwards: 3\nCall-ID: semiuri.0ha0isndaksdj\n\
         CSeq: 8 OPTIONS\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\nl: 0\n\n",
    ),
    (
        "3.1.1.10 an unknown transport",
        "OPTIONS sip:user@example.com SIP/2.0\nTo: sip:user@example.com\nFrom: \
         <sip:caller@example.com>;tag=323\nMax-Forwards: 70\nCall-ID: transports.kijh4akdnaqjk\n\
         CSeq: 60 OPTIONS\nVia: SIP/2.0/UNKNOWN {me};branch=z9hG4bKkdjuw\nl: 0\n\n",
    ),
    (
        "3.1.1.11 a body of several parts",
        "MESSAGE sip:kumiko@example.org SIP/2.0\nVia: SIP/2.0/UDP {me};branch=z9hG4bK-d87543-1\n\
         Max-Forwards: 70\nContact: <sip:fluffy@{me}>\nTo: <sip:kumiko@example.org>\nFrom: \
         <sip:fluffy@example.com>;tag=2fb0dcc9\nCall-ID: 3d9485ad0c49859b@Zmx1\nCSeq: 1 MESSAGE\n\
         Content-Type: multipart/mixed;boundary=7a9cbec02ceef655\nContent-Length: 45\n\n\
         --7a9cbec02ceef655\n\nHello\n--7a9cbec02ceef655--\n",
    ),
    (
        "3.1.2.1 separators that do not belong there",
        "INVITE sip:user@example.com SIP/2.0\nTo: sip:j.user@example.com\nFrom: \
         sip:caller@example.net;tag=134161461246\nMax-Forwards: 7\nCall-ID: badinv01\nCSeq: 8 \
         INVITE\nVia: SIP/2.0/UDP 192.0.2.15;;,;,,\nContact: \"Joe\" <sip:joe@{me}>;;;;\n\
         Content-Length: 0\n\n",
    ),
    (
        "3.1.2.2 a length beyond the message",
        "INVITE sip:user@example.com SIP/2.0\nMax-Forwards: 80\nTo: sip:j.user@example.com\nFrom: \
         sip:caller@example.net;tag=93942939o2\nContact: <sip:caller@{me}>\nCall-ID: \
         clerr.0ha0isndaksdjweiafasdk3\nCSeq: 8 INVITE\nVia: SIP/2.0/UDP \
         {me};branch=z9hG4bK-39234\n\
         Content-Type: application/sdp\nContent-Length: 9999\n\nv=0\n",
    ),
    (
        "3.1.2.3 a negative length",
        "INVITE sip:user@example.com SIP/2.0\nMax-Forwards: 254\nTo: sip:j.user@example.com\nFrom: \
         sip:caller@example.net;tag=32394234\nCall-ID: ncl.0ha0isndaksdj2193423r542w35\nCSeq: 0 \
         INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\nContact: <sip:c@{me}>\n\
         Content-Length: -999\n\nv=0\n",
    ),
    (
        "3.1.2.4 numbers that are too large",
        "REGISTER sip:example.com SIP/2.0\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw23492\nTo: \
         <sip:user@example.com>\nFrom: <sip:user@example.com>;tag=239232jh3\nCSeq: \
         36893488147419103232 REGISTER\nCall-ID: scalar02.23o0pd9vanlq3wnrlnewofjas9ui32\n\
         Max-Forwards: 300\nExpires: 10000000000000000000000000000000000000\nContact: \
         <sip:user@{me}>;expires=280297596632815\nContent-Length: 0\n\n",
    ),
    (
        "3.1.2.6 a quote that never ends",
        "INVITE sip:user@example.com SIP/2.0\nTo: \"Mr. J. User <sip:j.user@example.com>\nFrom: \
         sip:caller@example.net;tag=93334\nMax-Forwards: 10\nCall-ID: quotbal.aksdj\nContact: \
         <sip:caller@{me}>\nCSeq: 8 INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw39234\n\
         Content-Length: 0\n\n",
    ),
    (
        "3.1.2.7 a Request-URI in brackets",
        "INVITE <sip:user@example.com> SIP/2.0\nTo: sip:user@example.com\nFrom: \
         sip:caller@example.net;tag=39291\nMax-Forwards: 23\nCall-ID: \
         ltgtruri.1@192.0.2.5\nCSeq: 1 \
         INVITE\nVia: SIP/2.0/UDP {me}\nContact: <sip:caller@{me}>\nContent-Length: 0\n\n",
    ),
    (
        "3.1.2.10 blanks behind the start line",
        "OPTIONS sip:remote-target@example.com SIP/2.0  \nVia: SIP/2.0/UDP \
         {me};branch=z9hG4bK2\nTo: \
         <sip:t@example.com>\nFrom: <sip:l@example.com>;tag=ald\nMax-Forwards: 70\nCall-ID: \
         trws.oicu34958239neffasdhr2345r\nCSeq: 238923 OPTIONS\nContent-Length: 0\n\n",
    ),
    (
        "3.1.2.16 an unknown version",
        "OPTIONS sip:t.watson@example.org SIP/7.0\nVia: SIP/7.0/UDP {me};branch=z9hG4bKkdjuw\n\
         Max-Forwards: 70\nFrom: A. Bell <sip:a.g.bell@example.com>;tag=qweoiqpe\nTo: T. Watson \
         <sip:t.watson@example.org>\nCall-ID: badvers.31417@192.0.2.1\nCSeq: 1 OPTIONS\nl: 0\n\n",
    ),
    (
        "3.1.2.17 a method that CSeq does not name",
        "OPTIONS sip:user@example.com SIP/2.0\nTo: sip:j.user@example.com\nFrom: \
         sip:caller@example.net;tag=34525\nMax-Forwards: 6\nCall-ID: \
         mismatch01.dj0234sxdfl3\nCSeq: \
         8 INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\nl: 0\n\n",
    ),
    (
        "3.1.2.19 a status that is none",
        "SIP/2.0 4294967301 better not break the receiver\nVia: SIP/2.0/UDP {me};branch=z9hG4bK\n\
         Call-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i\nCSeq: 353494 INVITE\nFrom: \
         <sip:user@example.com>;tag=39ansfi3\nTo: <sip:user@example.edu>;tag=902jndnke3\n\
         Content-Length: 0\n\n",
    ),
    (
        "3.3.1 headers that are missing",
        "INVITE sip:user@example.com SIP/2.0\nCSeq: 193942 INVITE\nVia: SIP/2.0/UDP \
         {me};branch=z9hG4bKkdj.insuf\nContent-Type: application/sdp\nl: 0\n\n",
    ),
    (
        "3.3.8 headers that may stand once and stand twice",
        "INVITE sip:user@company.com SIP/2.0\nVia: SIP/2.0/UDP {me};branch=z9hG4bK.mve\nCSeq: 5 \
         INVITE\nCSeq: 59 INVITE\nCall-ID: multi01\nCall-ID: multi02\nMax-Forwards: \
         70\nMax-Forwards: \
         5\nFrom: sip:other@example.net;tag=3413415\nFrom: sip:other@example.net;tag=2923420123\n\
         To: \
         sip:user@example.com\nTo: sip:other@example.net\nContact: <sip:a@{me}>\nContent-Length: \
         0\n\n",
    ),
    (
        "3.3.2 and 3.3.3 an unknown scheme",
        "INVITE nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0\nTo: \
         sip:user@example.com\nFrom: \
         sip:caller@example.net;tag=384\nMax-Forwards: 3\nCall-ID: \
         unkscm.nasdfasser0q239nwsdfasdkl34\n\
         CSeq: 3923423 INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw39234\nContact: \
         <sip:a@{me}>\nContent-Length: 0\n\n",
    ),
    (
        "3.4.1 an INVITE of RFC 2543",
        "INVITE sip:UserB@example.com SIP/2.0\nVia: SIP/2.0/UDP {me}\nFrom: \
         <sip:UserA@example.org>\nTo: <sip:UserB@example.com>\nCall-ID: inv2543.1717@ift.example\n\
         CSeq: 56 INVITE\nContent-Type: application/sdp\n\nv=0\no=mhandley 29739 7272939 IN IP4 \
         192.0.2.5\ns=-\nc=IN IP4 192.0.2.5\nt=0 0\nm=audio 49217 RTP/AVP 0\n",
    ),
    (
        "3.1.1.5 a percent sign that escapes nothing",
        "RE%47IST%45R sip:registrar.example.com SIP/2.0\nTo: \"%Z%45\" <sip:resource@example.com>\n\
         From: \"%Z%45\" <sip:resource@example.com>;tag=f232jadfj23\nCall-ID: \
         esc02.asdfnqwo34rq23i34\n\
         Via: SIP/2.0/UDP {me};branch=z9hG4bK209%fzsnel234\nCSeq: 29344 RE%47IST%45R\n\
         Max-Forwards: 70\nContact: <sip:alias1@{me}>\nC%6Fntact: <sip:alias2@{me}>\n\
         Contact: <sip:alias3@{me}>\nl: 0\n\n",
    ),
    (
        "3.1.1.6 no space between a name and its bracket",
        "OPTIONS sip:user@example.com SIP/2.0\nTo: sip:user@example.com\nFrom: \
         caller<sip:caller@example.com>;tag=323\nMax-Forwards: 70\nCall-ID: lwsdisp.1234abcd\n\
         CSeq: 60 OPTIONS\nVia: SIP/2.0/UDP {me};branch=z9hG4bKlwsdisp\nl: 0\n\n",
    ),
    (
        "3.1.1.8 bytes behind the body",
        "REGISTER sip:example.com SIP/2.0\nTo: sip:j.user@example.com\nFrom: \
         sip:j.user@example.com;tag=43251j3j324\nMax-Forwards: 8\nI: \
         dblreq.0ha0isndaksdj99sdfafnl3\n\
         Contact: sip:j.user@{me}\nCSeq: 8 REGISTER\nVia: SIP/2.0/UDP \
         {me};branch=z9hG4bKkdjuw23492\n\
         Content-Length: 0\n\nINVITE sip:joe@example.com SIP/2.0\nt: sip:joe@example.com\nFrom: \
         sip:caller@example.net;tag=141334\nMax-Forwards: 8\nCall-ID: \
         dblreq.0ha0isnda977644900765\n\
         CSeq: 8 INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw380234\nContent-Length: 0\n\n",
    ),
    (
        "3.1.1.12 an unusual reason",
        "SIP/2.0 200 = 2**3 * 5**2 \u{43d}\u{43e} \u{441}\u{442}\u{43e}\nVia: SIP/2.0/UDP \
         {me};branch=z9hG4bK1324923\nCall-ID: unreason.1234ksdfak3j2erwedfsASdf\nCSeq: 35 INVITE\n\
         From: sip:user@example.com;tag=11141343\nTo: \
         sip:user@example.edu;tag=2229\nContent-Length: \
         0\nContact: <sip:user@{me}>\n\n",
    ),
    (
        "3.1.1.13 no reason",
        "SIP/2.0 100 \nVia: SIP/2.0/UDP {me};branch=z9hG4bK-2398ndaoe\nCall-ID: noreason.asndj203\n\
         CSeq: 35 INVITE\nFrom: <sip:user@example.com>;tag=39ansfi3\nTo: <sip:user@example.edu>\
         ;tag=902jndnke3\nContent-Length: 0\nContact: <sip:user@{me}>\n\n",
    ),
    (
        "3.1.2.5 numbers of a response that are too large",
        "SIP/2.0 503 Service Unavailable\nVia: SIP/2.0/UDP {me};branch=z9hG4bKzzxdiwo34sw;\
         received=192.0.2.129\nTo: <sip:user@example.com>\nFrom: <sip:other@example.net>\
         ;tag=2easdjfejw\nCSeq: 9292394834772304023312 OPTIONS\nCall-ID: scalarlg.noase0of0234hn2\n\
         Retry-After: 949302838503028349304023988\nWarning: 1812 overture \"In Progress\"\n\
         Content-Length: 0\n\n",
    ),
    (
        "3.1.2.8 spaces within the Request-URI",
        "INVITE sip:user@example.com; lr SIP/2.0\nTo: sip:user@example.com;tag=3xfe-9921883-z9f\n\
         From: sip:caller@example.net;tag=231413434\nMax-Forwards: 5\nCall-ID: \
         lwsruri.asdfasdoeoi\n\
         CSeq: 2130706432 INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw39234\nContact: \
         <sip:caller@{me}>\nContent-Length: 0\n\n",
    ),
    (
        "3.1.2.9 several spaces in the start line",
        "INVITE  sip:user@example.com  SIP/2.0\nTo: sip:user@example.com\nFrom: \
         sip:caller@example.net;tag=8814\nMax-Forwards: 9\nCall-ID: \
         lwsstart.dfknq234oi243099adsdfn\n\
         CSeq: 1893884 INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw39234\nContact: \
         <sip:caller@{me}>\nContent-Length: 0\n\n",
    ),
    (
        "3.1.2.11 escaped headers in the Request-URI",
        "INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0\nTo: \
         sip:user@example.com\nFrom: sip:caller@example.net;tag=341518\nMax-Forwards: 7\nContact: \
         <sip:caller@{me}>\nCall-ID: escruri.23940-asdfhj-aje3br-234q098w-fawerh2q-h4n5\nCSeq: \
         149209342 INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\nContent-Length: 0\n\n",
    ),
    (
        "3.1.2.12 a date in no known zone",
        "INVITE sip:user@example.com SIP/2.0\nTo: sip:user@example.com\nFrom: \
         sip:caller@example.net;tag=2234923\nMax-Forwards: 70\nCall-ID: \
         baddate.239423mnsadf3j23lj42\n\
         CSeq: 1392934 INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\nDate: Fri, 01 Jan 2010 \
         16:00:00 EST\nContact: <sip:caller@{me}>\nContent-Length: 0\n\n",
    ),
    (
        "3.1.2.13 parameters without brackets",
        "REGISTER sip:example.com SIP/2.0\nTo: sip:user@example.com\nFrom: \
         sip:user@example.com;tag=998332\nMax-Forwards: 70\nCall-ID: \
         regbadct.k345asrl3fdbv@10.0.0.1\n\
         CSeq: 1 REGISTER\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\nContact: \
         sip:user@example.com?Route=%3Csip:sip.example.com%3E\nl: 0\n\n",
    ),
    (
        "3.1.2.14 spaces within an address",
        "OPTIONS sip:user@example.org SIP/2.0\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdju43234\n\
         Max-Forwards: 70\nFrom: \"Bell, Alexander\" <sip:a.g.bell@example.com>;tag=433423\nTo: \
         \"Watson, Thomas\" < sip:t.watson@example.org >\nCall-ID: \
         badaspec.sdf0234n2nds0a099u23h3hnnw\n\
         CSeq: 3923239 OPTIONS\nl: 0\n\n",
    ),
    (
        "3.1.2.15 a name that is no token",
        "OPTIONS sip:t.watson@example.org SIP/2.0\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\n\
         Max-Forwards: 70\nFrom: Bell, Alexander <sip:a.g.bell@example.com>;tag=43\nTo: Watson, \
         Thomas <sip:t.watson@example.org>\nCall-ID: baddn.31415@c.example.com\nCSeq: 3923239 \
         OPTIONS\nl: 0\n\n",
    ),
    (
        "3.1.2.18 an unknown method that CSeq does not name",
        "NEWMETHOD sip:user@example.com SIP/2.0\nTo: sip:j.user@example.com\nFrom: \
         sip:caller@example.net;tag=34525\nMax-Forwards: 6\nCall-ID: mismatch02.dj0234sxdfl3\n\
         CSeq: 8 INVITE\nContact: <sip:caller@{me}>\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\n\
         l: 0\n\n",
    ),
    (
        "3.2.1 a branch that is nothing but the cookie",
        "OPTIONS sip:user@example.com SIP/2.0\nTo: sip:user@example.com\nFrom: \
         sip:caller@example.org;tag=33242\nMax-Forwards: 3\nVia: SIP/2.0/UDP {me};branch=z9hG4bK\n\
         Call-ID: badbranch.sadonfo23i420jv0as0derf3j3n\nCSeq: 8 OPTIONS\nl: 0\n\n",
    ),
    (
        "3.3.4 an unknown scheme in To and From",
        "REGISTER sip:example.com SIP/2.0\nTo: isbn:2983792873\nFrom: <http://www.example.com>\
         ;tag=3234233\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\nCall-ID: \
         unksm2.daksdj@hyphenated\n\
         CSeq: 234902 REGISTER\nMax-Forwards: 70\nContact: <name:John_Smith>\nl: 0\n\n",
    ),
    (
        "3.3.5 extensions that are required and unknown",
        "OPTIONS sip:user@example.com SIP/2.0\nTo: sip:j_user@example.com\nFrom: \
         sip:caller@example.net;tag=242etr\nMax-Forwards: 6\nCall-ID: bext01.0ha0isndaksdj\n\
         Require: nothingSupportsThis, nothingSupportsThisEither\nProxy-Require: \
         noProxiesSupportThis\n\
         CSeq: 8 OPTIONS\nVia: SIP/2.0/UDP {me};branch=z9hG4bK-39234-23523\nContent-Length: 0\n\n",
    ),
    (
        "3.3.6 a body of an unknown type",
        "INVITE sip:user@example.com SIP/2.0\nContact: <sip:caller@{me}>\nTo: \
         sip:j.user@example.com\nFrom: sip:caller@example.net;tag=8392034\nMax-Forwards: 70\n\
         Call-ID: invut.0ha0isndaksdjadsfij34n23d\nCSeq: 235448 INVITE\nVia: SIP/2.0/UDP \
         {me};branch=z9hG4bKkdjuw\nContent-Type: application/unknownformat\nContent-Length: 40\n\n\
         <audio>\n <pcmu port=\"443\"/>\n</audio>\nxx\n",
    ),
    (
        "3.3.7 an unknown scheme of authorisation",
        "REGISTER sip:example.com SIP/2.0\nTo: sip:j.user@example.com\nFrom: \
         sip:j.user@example.com;tag=87321hj23128\nMax-Forwards: 8\nCall-ID: \
         regaut01.0ha0isndaksdj\n\
         CSeq: 9338 REGISTER\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\nAuthorization: \
         NoOneKnowsThisScheme opaque-data=here\nContent-Length:0\n\n",
    ),
    (
        "3.3.9 two lengths that differ",
        "OPTIONS sip:user@example.com SIP/2.0\nVia: SIP/2.0/UDP {me};branch=z9hG4bK293423\nTo: \
         sip:user@example.com\nFrom: sip:other@example.net;tag=3923942\nCall-ID: \
         mcl01.fhn2323orihawf\n\
         CSeq: 15932 OPTIONS\nMax-Forwards: 60\nContent-Length: 13\nContent-Length: 5\n\
         Content-Type: text/plain\n\nThere's no way to know how many octets are supposed to be \
         here.\n",
    ),
    (
        "3.3.10 a response for everybody",
        "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\nVia: SIP/2.0/UDP \
         255.255.255.255;branch=z9hG4bK1saber23\nCall-ID: bcast.0384840201234ksdfak3j2erwedfsASdf\n\
         CSeq: 35 INVITE\nFrom: sip:user@example.com;tag=11141343\nTo: \
         sip:user@example.edu;tag=2229\n\
         Content-Length: 0\nContact: <sip:user@{me}>\n\n",
    ),
    (
        "3.3.11 no hop is left",
        "OPTIONS sip:user@example.com SIP/2.0\nTo: sip:user@example.com\nFrom: \
         sip:caller@example.net;tag=3ghsd41\nCall-ID: zeromf.jfasdlfnm2o2l43r5u0asdfas\nCSeq: \
         39234321 OPTIONS\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw2349i\nMax-Forwards: 0\n\
         Content-Length: 0\n\n",
    ),
    (
        "3.3.15 an answer that we cannot give",
        "INVITE sip:user@example.com SIP/2.0\nTo: sip:j_user@example.com\nContact: \
         <sip:caller@{me}>\nFrom: sip:caller@example.net;tag=234923\nMax-Forwards: 5\nCall-ID: \
         sdp01.ndaksdj9342dasdd\nAccept: text/nobodyKnowsThis\nCSeq: 8 INVITE\nVia: SIP/2.0/UDP \
         {me};branch=z9hG4bKkdjuw\nContent-Length: 0\n\n",
    ),
    (
        "not of the RFC: a length that overflows",
        "OPTIONS sip:user@example.com SIP/2.0\nVia: SIP/2.0/UDP {me};branch=z9hG4bKover\nTo: \
         sip:user@example.com\nFrom: sip:other@example.net;tag=39\nCall-ID: over\nCSeq: 1 OPTIONS\n\
         Content-Length: 18446744073709551615\n\nx",
    ),
    (
        "not of the RFC: nothing but separators",
        "INVITE sip:a SIP/2.0\nVia: ,;=\nFrom: ;tag=\nTo: ;tag=\nCall-ID: \nCSeq: \nContact: ,,<>\n\
         Record-Route: ,<,>\nRequire: ,\nSession-Expires: ;\nContent-Type: ;\nContent-Length: \n\n",
    ),
];
